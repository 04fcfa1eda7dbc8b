"""Lookup: which of the rows with a name is meant, and the error when none may be used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.errors import PluginError
from geppetto.plugins.kinds import spelling
from geppetto.plugins.row import Row, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["USABLE", "blocked", "failed", "promised", "winner"]

USABLE = (Status.AVAILABLE, Status.LOADED)
_CODES = {
    Status.CONFLICT: "PLUGIN_CONFLICT",
    Status.DISABLED: "PLUGIN_DISABLED",
    Status.INCOMPATIBLE: "PLUGIN_INCOMPATIBLE",
}


def winner(found: Sequence[Row], name: str) -> Row:
    """Return the row that has the name; raise PluginError when all of them are blocked.

    A conflict does not matter to a name that says its distribution.
    """
    bare = [row for row in found if spelling(row.name) == spelling(name)]
    permitted = (*USABLE, Status.FAILED) if bare else (*USABLE, Status.FAILED, Status.CONFLICT)
    usable = [row for row in bare or found if row.status in permitted]
    if usable:
        return min(usable, key=lambda row: (row.status is Status.FAILED, row.name != name))
    known = [row for row in found if row.status in _CODES]
    raise blocked(min(known, key=lambda row: (list(_CODES).index(row.status), row.name != name)))


def promised(row: Row, known: Iterable[Row]) -> list[str]:
    """Return all names that the row's module promises of its kind."""
    offer = (row.kind, row.module, row.distribution)
    return sorted({each.name for each in known if (each.kind, each.module, each.distribution) == offer})


def blocked(row: Row) -> PluginError:
    """Return the error for a row that may not be used."""
    return PluginError(
        f"{row.title}: {row.reason}",
        code=_CODES[row.status],
        subject=row.name,
        next_step=f"geppetto plugins show {row.distribution}/{row.name}",
        details=row.to_json(),
    )


def failed(row: Row, error: PluginError) -> PluginError:
    """Return the error for a row whose plugin is broken, with the first exception's type in the details."""
    cause = error.__cause__
    cure = f"reinstall {row.distribution}"
    if not row.is_core:
        cure = f"update {row.distribution}, or remove it: geppetto plugins uninstall {row.distribution}"
    return PluginError(
        f"{row.title}: {error.message}",
        code="PLUGIN_FAILED",
        subject=row.name,
        next_step=cure,
        details={**row.to_json(), "status": "failed", "exception": type(cause).__name__ if cause else None},
    )
