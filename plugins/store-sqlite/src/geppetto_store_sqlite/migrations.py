"""The layout of the database, step by step: each number is applied once, in order, inside one transaction."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from geppetto.errors import ProfileError

from geppetto_store_sqlite.files import make_private

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["LATEST", "migrate"]

#: what each step does; the first makes the table that the Go library made, so its files need no more than a number
_STEPS: tuple[tuple[str, ...], ...] = (
    (
        (
            "CREATE TABLE IF NOT EXISTS profile_registries ("
            "slug TEXT PRIMARY KEY, payload_json TEXT NOT NULL, updated_at_ms INTEGER NOT NULL DEFAULT 0)"
        ),
    ),
)
#: the number of the newest layout
LATEST = len(_STEPS)


def migrate(connection: sqlite3.Connection, path: Path | None) -> None:
    """Bring a database up to date; before a change of data that is there, a copy is put beside it.

    Raises ProfileError for a database of a newer Geppetto.
    """
    version = _version(connection)
    if version > LATEST:
        raise ProfileError(
            f"the profile database has layout {version}, and this version of the store knows {LATEST}",
            code="STORE_TOO_NEW",
            subject=str(path or "database"),
            next_step="pip install --upgrade geppetto-store-sqlite",
        )
    if version == LATEST:
        return
    if path is not None and _has_data(connection):
        _back_up(connection, path.with_name(f"{path.name}.before-{LATEST}"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        for number in range(_version(connection), LATEST):  # another process may have been faster
            for statement in _STEPS[number]:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {LATEST}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _has_data(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _back_up(connection: sqlite3.Connection, target: Path) -> None:
    target.unlink(missing_ok=True)  # one of an earlier attempt, which others might read
    make_private(target)
    copy = sqlite3.connect(target)
    try:
        connection.backup(copy)
    finally:
        copy.close()
