"""What exceptions carry beside their message: notes (PEP 678), which say where in a script one passed."""

from __future__ import annotations

from typing import TypeVar

__all__ = ["with_notes"]

_Error = TypeVar("_Error", bound=BaseException)


def with_notes(made: _Error, error: BaseException | None) -> _Error:
    """Return an error with the notes of the one that it stands for."""
    for note in getattr(error, "__notes__", ()):
        if note not in getattr(made, "__notes__", ()):
            made.add_note(note)
    return made
