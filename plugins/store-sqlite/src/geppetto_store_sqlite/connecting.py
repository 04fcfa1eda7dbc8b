"""Connections that may write: who has one knows whether the database takes writes at all."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

from geppetto.atomic import make_private

from geppetto_store_sqlite.files import file_of
from geppetto_store_sqlite.rows import text_of

__all__ = ["connect", "connect_existing", "file_behind", "is_read_only"]

_BUSY_SECONDS = 10.0


def connect(place: str) -> sqlite3.Connection:
    """Open a path or an SQLite URI; a file that is not there is made, its owner's alone."""
    uri = place.startswith("file:")
    if not uri:
        place = str(Path(place).expanduser())
        Path(place).parent.mkdir(parents=True, exist_ok=True)
    new = file_of(place)
    if new is not None:
        with suppress(OSError):  # what cannot be made is left to SQLite, which says why
            make_private(new)
    return _opened(place, uri=uri)


def connect_existing(file: Path) -> sqlite3.Connection:
    """Open a file that is there; one that is gone meanwhile is not made."""
    return _opened(f"file:{quote(os.fsencode(file.resolve()))}?mode=rw", uri=True)


def is_read_only(connection: sqlite3.Connection) -> bool:
    """Say whether the database refuses writes; only a write tells."""
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        connection.execute(f"PRAGMA user_version = {int(version)}")
    except sqlite3.OperationalError as error:
        if "readonly" in str(error) or "read-only" in str(error):
            return True
        raise
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return False


def file_behind(connection: sqlite3.Connection) -> Path | None:
    """Return the file of a database, None for one in memory."""
    file = connection.execute("PRAGMA database_list").fetchone()[2]
    return Path(os.fsdecode(file)) if file else None


def _opened(place: str, *, uri: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(
        place, uri=uri, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = text_of
    return connection
