"""What somebody may use who may not do everything, as a script: files below granted folders."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from geppetto.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Reach", "out_of_reach"]


@dataclass(frozen=True, slots=True)
class Reach:
    """Folders and files that may be read, and those that may be written; nothing without any. Links count where they lead."""

    read: tuple[Path, ...] = ()
    write: tuple[Path, ...] = ()

    def reads(self, path: str | Path) -> bool:
        """Say whether a file may be read."""
        return _covers((*self.read, *self.write), path)

    def writes(self, path: str | Path) -> bool:
        """Say whether a file may be written."""
        return _covers(self.write, path)

    def check_read(self, path: str | Path, subject: str) -> None:
        """Raise UsageError (OUT_OF_REACH) for a file that may not be read, whether it exists or not."""
        if not self.reads(path):
            raise out_of_reach(f"{subject}: {path} lies outside of the granted folders", subject)


def out_of_reach(message: str, subject: str) -> UsageError:
    """Return the error for what was not granted."""
    return UsageError(
        message,
        code="OUT_OF_REACH",
        subject=subject,
        next_step="who runs it grants more: on the command line with --allow-read DIR and --allow-write DIR",
    )


def _covers(granted: Iterable[Path], path: str | Path) -> bool:
    try:
        found = _real(path)
    except (ValueError, RuntimeError):  # no file has that name; nobody knows that home
        return False
    return any(found.is_relative_to(_real(place)) for place in granted)


def _real(path: str | Path) -> Path:
    """Return where links lead; unlike `Path.resolve` this takes links that lead in a circle."""
    return Path(os.path.realpath(Path(path).expanduser()))
