"""The files of a database are their owner's alone: profiles hold keys, and SQLite would let everybody read them."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

__all__ = ["absent_file", "companions", "file_of", "in_memory"]

_MEMORY = ("", ":memory:")
_COMPANIONS = ("-wal", "-shm", "-journal")


def file_of(place: str) -> Path | None:
    """Return the file that SQLite makes for a path or a `file:` URI, None where it makes none."""
    if in_memory(place):
        return None
    if not place.startswith("file:"):
        return Path(place)
    parts = urlsplit(place)
    options = dict(parse_qsl(parts.query))
    return None if options.get("mode", "rwc") != "rwc" else Path(unquote(parts.path))


def absent_file(place: str) -> Path | None:
    """Return the file that the store would make for a place; None where it is there, or none would be made."""
    try:
        file = file_of(place)
        return file if file is not None and not file.expanduser().exists() else None
    except (OSError, ValueError, RuntimeError):
        return None  # opening says why


def in_memory(place: str) -> bool:
    """Say whether a path or a `file:` URI means a database without a file."""
    if not place.startswith("file:"):
        return place in _MEMORY
    parts = urlsplit(place)
    options = dict(parse_qsl(parts.query))
    return parts.path in _MEMORY or options.get("vfs") == "memdb" or options.get("mode") == "memory"


def companions(file: Path) -> list[Path]:
    """Return what SQLite keeps beside a database at this moment: its log, the index of that, a journal."""
    beside = [file.with_name(f"{file.name}{end}") for end in _COMPANIONS]
    return [path for path in beside if os.path.lexists(path)]
