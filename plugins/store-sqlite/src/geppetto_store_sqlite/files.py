"""The files of a database are their owner's alone: profiles hold keys, and SQLite would let everybody read them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["file_of", "make_private"]

_MEMORY = ("", ":memory:")


def file_of(place: str) -> Path | None:
    """Return the file that SQLite makes for a path or a `file:` URI, None where it makes none."""
    if not place.startswith("file:"):
        return None if place in _MEMORY else Path(place)
    parts = urlsplit(place)
    options = dict(parse_qsl(parts.query))
    in_memory = parts.path in _MEMORY or options.get("vfs") == "memdb"
    return None if in_memory or options.get("mode", "rwc") != "rwc" else Path(unquote(parts.path))


def make_private(file: Path) -> None:
    """Make an empty file with mode 0600 where none is; SQLite fills it, and its journals get the same permissions.

    What cannot be made is left to SQLite, which says why.
    """
    with suppress(OSError):
        # a link that leads nowhere yet is followed, as SQLite does
        os.close(os.open(file.resolve(), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
