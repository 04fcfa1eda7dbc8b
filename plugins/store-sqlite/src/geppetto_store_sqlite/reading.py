"""Databases opened to be looked at: nothing is created, migrated or locked against writers."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote

from geppetto_store_sqlite.files import companions

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["in_wal_mode", "integrity", "layout", "layout_of_file", "read_only"]

T = TypeVar("T")

#: how long a look waits for a writer that has locked everybody out
_WAIT_SECONDS = 3.0
#: in the file's header: the byte that says which journal it has, and the value for WAL (sqlite.org/fileformat.html)
_JOURNAL_BYTE, _WAL = 18, 2


def read_only(file: Path, work: Callable[[sqlite3.Connection], T]) -> T:
    """Return what `work` finds in a database that is opened read-only; it may be called twice. Raises sqlite3.Error.

    To read a database in WAL mode, SQLite makes two files beside it, which a reader cannot take away again. Where nobody
    has it open, it is read as a file that does not change instead, and read again if it did.
    """
    before = _state(file)
    if _at_rest(file):
        try:
            found = _worked(file, "mode=ro&immutable=1", work)
        except sqlite3.Error:
            if _at_rest(file) and _state(file) == before:
                raise
        else:
            if _at_rest(file) and _state(file) == before:
                return found
    return _worked(file, "mode=ro", work)


def in_wal_mode(file: Path) -> bool:
    """Say whether a database is in WAL mode, which a connection to a file at rest does not know. Raises OSError."""
    with file.open("rb") as opened:
        head = opened.read(_JOURNAL_BYTE + 1)
    return len(head) > _JOURNAL_BYTE and head[_JOURNAL_BYTE] == _WAL


def layout(connection: sqlite3.Connection) -> int:
    """Return the number of the layout."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def layout_of_file(file: Path) -> int | None:
    """Return the number of the layout of a file that nobody writes; None where it is no database."""
    if not file.is_file():
        return None
    try:
        return _worked(file, "mode=ro&immutable=1", layout)
    except sqlite3.Error:
        return None


def integrity(connection: sqlite3.Connection) -> list[str]:
    """Return what is wrong with the pages and indexes of a database, in SQLite's words; nothing for a good one."""
    said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check")]
    return [] if said == ["ok"] else said


def _worked(file: Path, how: str, work: Callable[[sqlite3.Connection], T]) -> T:
    place = f"file:{quote(os.fsencode(file.resolve()))}?{how}"
    with closing(sqlite3.connect(place, uri=True, timeout=_WAIT_SECONDS, isolation_level=None)) as connection:
        return work(connection)


def _at_rest(file: Path) -> bool:
    """Say whether nobody has a database in WAL mode open; who has one open keeps a log beside it."""
    return in_wal_mode(file) and not companions(file.resolve())


def _state(file: Path) -> tuple[int, int, int]:
    stat = file.stat()
    return stat.st_mtime_ns, stat.st_size, stat.st_ino
