"""The standard streams as commands may rely on them: open, able to show every character, and quiet once they are broken."""

from __future__ import annotations

import codecs
import io
import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import click

from geppetto.errors import GeppettoError

if TYPE_CHECKING:
    from typing import TextIO

__all__ = ["aside", "give_up", "prepare", "stdout_failed"]

_ESCAPE = "geppetto-escape"


def prepare() -> None:
    """Put something in the place of streams that the caller has closed, and let no character be an error."""
    # in this order: each gets the lowest free number, which is that of the stream it stands for
    sys.stdin = sys.stdin or _null(os.O_RDONLY, "r")
    sys.stdout = sys.stdout or _null(
        os.O_RDONLY, "w"
    )  # to write there fails, as it does where nothing is open
    sys.stderr = sys.stderr or _null(os.O_WRONLY, "w")
    codecs.register_error(_ESCAPE, _escaped)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper) and stream.errors in {"strict", "surrogateescape"}:
            stream.reconfigure(errors=_ESCAPE)


def _null(flags: int, mode: str) -> TextIO:
    return os.fdopen(os.open(os.devnull, flags), mode, encoding="utf-8")  # type: ignore[return-value]


def _escaped(error: UnicodeError) -> tuple[str, int]:
    r"""Write what an encoding does not have as JSON does (`\u00fc`): a document stays the same document."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


def aside(text: str, **style: Any) -> None:
    """Write a line for people to stderr; where nobody can read it, nothing else fails for that."""
    with suppress(OSError):
        click.secho(text, err=True, **style)


def stdout_failed(error: OSError) -> GeppettoError:
    """Return the error for output that could not be written."""
    return GeppettoError(
        f"standard output cannot be written: {error.strerror}",
        code="OUTPUT_FAILED",
        phase="output",
        subject="standard output",
        next_step="give the output another place, such as a file on a disk with room",
    )


def give_up() -> None:
    """Lead streams that are broken to nowhere, so that Python has nothing to say of them when it ends."""
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except OSError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
