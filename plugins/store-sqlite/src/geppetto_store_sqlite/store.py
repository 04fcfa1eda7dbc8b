"""The store: one row for each registry, one transaction for each write."""

from __future__ import annotations

import json
import sqlite3
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from geppetto.errors import ProfileError, ReadOnlyStore
from geppetto.profile import registry_to_json

from geppetto_store_sqlite.connecting import connect, file_behind, is_read_only
from geppetto_store_sqlite.migrations import migrate
from geppetto_store_sqlite.rows import read_row, rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from geppetto.profile import Registry

__all__ = ["SqliteStore"]


class SqliteStore:
    """Keep registries in a database; `place` is a path, or an SQLite URI that begins with `file:`.

    One connection for each store, used by one thread at a time. A database that is read-only is read and not written.
    """

    def __init__(self, place: str) -> None:
        self.name = place
        self._lock = threading.RLock()
        self._version = -1
        self._kept: dict[str, Registry] = {}
        self._connection: sqlite3.Connection | None = None
        try:
            self._connection = connect(place)
            #: the database's file, None for one in memory; relative paths in profiles count from its folder
            self.path = file_behind(self._connection)
            self.writable = not is_read_only(self._connection)
            if self.writable:
                migrate(self._connection, self.path)
        except (sqlite3.Error, OSError, RuntimeError) as error:  # a home that nobody knows is a RuntimeError
            self.close()
            raise self._failed(error) from error
        except ProfileError:
            self.close()
            raise

    def registries(self) -> Mapping[str, Registry]:
        """Return all registries as they are now; raise ProfileInvalid for a row that is none."""
        with self._lock:
            connection = self._connected()
            try:
                version = int(connection.execute("PRAGMA data_version").fetchone()[0])
                if version != self._version:
                    self._kept = {slug: read_row(slug, payload) for slug, payload in rows(connection)}
                    self._version = version
            except sqlite3.Error as error:
                raise self._failed(error) from error
            return dict(self._kept)

    def change(self, registry: str, change: Callable[[Registry | None], Registry | None]) -> Registry | None:
        """Change a registry with nobody in between (see `Store.change`)."""
        if not self.writable:
            raise ReadOnlyStore(
                f'store is read-only: registry "{registry}" is backed by read-only {self.name}',
                subject=self.name,
            )
        with self._lock, self._alone() as connection:
            found = connection.execute(
                "SELECT payload_json FROM profile_registries WHERE slug = ?", (registry,)
            ).fetchone()
            made = change(read_row(registry, found[0]) if found else None)
            if made is None:
                connection.execute("DELETE FROM profile_registries WHERE slug = ?", (registry,))
            else:
                row = (
                    made.slug,
                    json.dumps(registry_to_json(made), ensure_ascii=False),
                    made.metadata.updated_at_ms,
                )
                connection.execute("INSERT OR REPLACE INTO profile_registries VALUES (?, ?, ?)", row)
            self._version = -1  # data_version tells of other connections' writes only
            return made

    def close(self) -> None:
        """Close the connection; closing again does nothing."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    @contextmanager
    def _alone(self) -> Iterator[sqlite3.Connection]:
        """Give the connection inside a transaction that no other writer shares."""
        connection = self._connected()
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield connection
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise self._failed(error) from error
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ProfileError("the SQLite profile store is closed", code="STORE_CLOSED", subject=self.name)
        return self._connection

    def _failed(self, error: Exception) -> ProfileError:
        return ProfileError(
            f"the profile database {self.name}: {error}",
            code="STORE_FAILED",
            subject=self.name,
            next_step="check the path, its permissions, and that it is an SQLite database",
        )
