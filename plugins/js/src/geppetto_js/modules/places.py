"""Where modules may be read: only below the directories that were granted, wherever links lead."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from geppetto_js.errors import JsModuleError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Places"]

_ENDINGS = ("", ".js", ".cjs", ".mjs", ".json", "/index.js", "/index.json")


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

        What lies outside is refused in the same words whether it exists or not: the difference would tell.
        """
        if base is None:
            raise _error(f"cannot find {name!r}: no directory is granted", name, asker)
        wanted = base / name
        for ending in _ENDINGS:
            path = Path(f"{wanted}{ending}").resolve()
            if self._covers(path) and path.is_file():
                return path
        place = wanted.resolve()
        if not self._covers(place):
            raise _error(
                f"{place} lies outside of the granted directories", name, asker, "JS_MODULE_FORBIDDEN"
            )
        raise _error(f"cannot find {place} (nor with {', '.join(_ENDINGS[1:])})", name, asker)

    def _covers(self, path: Path) -> bool:
        return any(path.is_relative_to(place) for place in self._granted)


def _error(reason: str, name: str, asker: str, code: str = "JS_MODULE_NOT_FOUND") -> JsModuleError:
    return JsModuleError(
        f"{reason}; required by {asker}",
        code=code,
        subject=name,
        next_step="check the path; grant its directory with Runtime(read=[...])",
        details={"required_by": asker},
    )
