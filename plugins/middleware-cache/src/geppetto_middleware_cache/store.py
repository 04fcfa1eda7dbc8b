"""Where replies are kept: an SQLite file that several threads and processes use at once."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geppetto.atomic import make_private

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["Kept", "ReplyStore", "StoreError"]

#: how long one waits for another writer; a reply waits no longer than that for its entry
_BUSY_SECONDS = 2.0
#: how long a hit waits to note that it was one
_USE_MILLISECONDS = 100
#: "Gept", by which a database of somebody else's is told from ours
_APPLICATION = 0x47657074
_LAYOUT = 1
_TABLE = (
    "CREATE TABLE replies (key TEXT PRIMARY KEY, made_at REAL NOT NULL, used_at REAL NOT NULL, body TEXT NOT NULL)",
    "CREATE INDEX replies_by_use ON replies (used_at)",
    f"PRAGMA application_id = {_APPLICATION}",
    f"PRAGMA user_version = {_LAYOUT}",
)


class StoreError(Exception):
    """The database cannot be used, and why; no run fails for it."""


@dataclass(slots=True, frozen=True)
class Kept:
    """What is kept under a key, and the seconds since it was made."""

    body: str
    age: float


class ReplyStore:
    """Keep texts by key; its methods block, and each opens the database anew, so nothing has to be closed.

    An entry that is older than `ttl` seconds is not there; beyond `max_entries` those used longest ago make room. `clock`
    gives Unix time, which processes share.
    """

    def __init__(
        self, path: Path, *, ttl: float | None, max_entries: int, clock: Callable[[], float] = time.time
    ) -> None:
        self.path = path
        self._ttl, self._most, self._clock = ttl, max_entries, clock

    def get(self, key: str) -> Kept | None:
        """Return what is kept under a key, which counts as a use; raises StoreError."""
        with self._open() as connection:
            row = connection.execute("SELECT body, made_at FROM replies WHERE key = ?", (key,)).fetchone()
            now = self._clock()
            if row is None or (self._ttl is not None and now - row[1] >= self._ttl):
                return None
            with suppress(sqlite3.Error):  # who cannot write can still read, and a lost use is no loss
                connection.execute(f"PRAGMA busy_timeout = {_USE_MILLISECONDS}")
                connection.execute("UPDATE replies SET used_at = ? WHERE key = ?", (now, key))
            return Kept(str(row[0]), max(0.0, now - row[1]))

    def put(self, key: str, body: str) -> None:
        """Keep a text under a key, and make room; raises StoreError."""
        now = self._clock()
        with self._open() as connection, _transaction(connection, "IMMEDIATE"):
            connection.execute("INSERT OR REPLACE INTO replies VALUES (?, ?, ?, ?)", (key, now, now, body))
            if self._ttl is not None:
                connection.execute("DELETE FROM replies WHERE made_at <= ?", (now - self._ttl,))
            (count,) = connection.execute("SELECT count(*) FROM replies").fetchone()
            connection.execute(
                "DELETE FROM replies WHERE key IN (SELECT key FROM replies ORDER BY used_at, key LIMIT ?)",
                (max(0, count - self._most),),
            )

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            make_private(self.path)
            with closing(
                sqlite3.connect(self.path, timeout=_BUSY_SECONDS, isolation_level=None)
            ) as connection:
                _prepare(connection)
                yield connection
        # links that lead in a circle are a RuntimeError, a path with a NUL is a ValueError
        except (sqlite3.Error, OSError, RuntimeError, ValueError) as error:
            raise StoreError(str(error) or type(error).__name__) from error


def _prepare(connection: sqlite3.Connection) -> None:
    """Make the table in a new database; raise StoreError for one that is not ours, or of a newer version."""
    with _transaction(connection, "DEFERRED"):  # so that all that is looked at is of one moment
        ours = _is_ours(connection)
    if not ours:
        with suppress(sqlite3.OperationalError):  # another process is about to do the same
            connection.execute("PRAGMA journal_mode = WAL")
        with _transaction(connection, "IMMEDIATE"):
            if not _is_ours(connection):
                for statement in _TABLE:
                    connection.execute(statement)
    # the last replies may be lost with the power, the database is not
    connection.execute("PRAGMA synchronous = NORMAL")


def _is_ours(connection: sqlite3.Connection) -> bool:
    """Say whether the database has our table; False for an empty one."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (layout,) = connection.execute("PRAGMA user_version").fetchone()
    if application == _APPLICATION and layout == _LAYOUT:
        return True
    if application == _APPLICATION:
        raise StoreError(f"it has layout {layout}, and this version knows {_LAYOUT}")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application or layout or tables:
        raise StoreError("it is a database of something else")
    return False


@contextmanager
def _transaction(connection: sqlite3.Connection, kind: str) -> Iterator[None]:
    """Hold a transaction; an IMMEDIATE one is shared with no other writer."""
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
