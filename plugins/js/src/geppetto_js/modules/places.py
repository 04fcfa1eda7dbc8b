"""Where modules may be read: only below the directories that were granted, wherever links lead."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from geppetto_js.errors import JsModuleError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["NEXT_STEP", "Places", "shown"]

_ENDINGS = ("", ".js", ".cjs", ".mjs", ".json", "/index.js", "/index.json")
#: how much of a name a message shows
_SHOWN = 200

NEXT_STEP = "check the path; grant its directory with `--allow-read DIR`, in Python with Runtime(read=[...])"


class Places:
    """The granted directories."""

    def __init__(self, granted: Sequence[Path]) -> None:
        self._granted = [Path(place).resolve() for place in granted]

    @property
    def first(self) -> Path | None:
        """The directory that relative names outside of any file start from."""
        return self._granted[0] if self._granted else None

    def find(self, name: str, base: Path | None, asker: str) -> Path:
        """Return the real path of a module file; raise JsModuleError naming what was searched, and for whom.

        What lies outside is refused in the same words whether it exists or not: the difference would tell. So would the
        name of what a link leads to; messages name the path that was asked for.
        """
        if base is None:
            raise _error(f"cannot find '{shown(name)}': no directory is granted", name, asker)
        if not _may_be_path(name):
            raise _error(f"no file can have the name '{shown(name)}'", name, asker)
        wanted = base / name
        for ending in _ENDINGS:
            path = _real(f"{wanted}{ending}")
            if self._covers(path) and os.path.isfile(path):  # noqa: PTH113  # where Path.is_file raises, this says no
                return path
        place = shown(os.path.normpath(wanted))
        if not self._covers(_real(str(wanted))):
            raise _error(
                f"{place} lies outside of the granted directories", name, asker, "JS_MODULE_FORBIDDEN"
            )
        raise _error(f"cannot find {place} (nor with {', '.join(_ENDINGS[1:])})", name, asker)

    def _covers(self, path: Path) -> bool:
        return any(path.is_relative_to(place) for place in self._granted)


def shown(name: str) -> str:
    """Return as much of a name as a message holds, and nothing that cannot be printed."""
    text = name if len(name) <= _SHOWN else name[:_SHOWN] + "…"
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)


def _real(path: str) -> Path:
    """Return where links lead; unlike `Path.resolve` this takes loops of links and names that are too long."""
    return Path(os.path.realpath(path))


def _may_be_path(name: str) -> bool:
    try:
        return b"\0" not in os.fsencode(name)
    except UnicodeEncodeError:
        return False


def _error(reason: str, name: str, asker: str, code: str = "JS_MODULE_NOT_FOUND") -> JsModuleError:
    return JsModuleError(
        f"{reason}; required by {asker}",
        code=code,
        subject=shown(name),
        next_step=NEXT_STEP,
        details={"required_by": asker},
    )
