"""The layout of the database, step by step: each number is applied once, in order, inside one transaction."""

from __future__ import annotations

import os
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from geppetto_store_sqlite.copies import write_copy
from geppetto_store_sqlite.failures import too_new
from geppetto_store_sqlite.files import companions
from geppetto_store_sqlite.reading import layout, layout_of_file, read_only

if TYPE_CHECKING:
    import sqlite3
    from pathlib import Path

__all__ = ["LATEST", "Migrated", "Step", "migrate", "missing"]


@dataclass(slots=True, frozen=True)
class Step:
    """One change of the layout: the number that a database has after it, in words, and as SQL."""

    number: int
    does: str
    statements: tuple[str, ...]


@dataclass(slots=True, frozen=True)
class Migrated:
    """What `migrate` did: the steps that were missing, and where the copy of what was there is."""

    steps: tuple[Step, ...] = ()
    backup: Path | None = None


#: what each step does; the first makes the table that the Go library made, so its files need no more than a number
_STEPS = (
    Step(
        1,
        "make the table of registries, where the Go library has not made it",
        (
            (
                "CREATE TABLE IF NOT EXISTS profile_registries ("
                "slug TEXT PRIMARY KEY, payload_json TEXT NOT NULL, updated_at_ms INTEGER NOT NULL DEFAULT 0)"
            ),
        ),
    ),
)
#: the number of the newest layout
LATEST = len(_STEPS)


def missing(connection: sqlite3.Connection, place: Path | str) -> tuple[Step, ...]:
    """Return the steps that a database lacks; raise ProfileError (STORE_TOO_NEW) for one of a newer Geppetto."""
    version = layout(connection)
    if version > LATEST:
        raise too_new(place, version, LATEST)
    return _STEPS[max(version, 0) :]


def migrate(connection: sqlite3.Connection, path: Path | None) -> Migrated:
    """Bring a database up to date; before a change of data that is there, a copy is put beside it.

    Raises ProfileError for a database of a newer Geppetto, and for one that is damaged.
    """
    if not missing(connection, path or "database"):
        return Migrated()
    # before the copy, so that no write of another process comes between
    connection.execute("BEGIN IMMEDIATE")
    try:
        steps = missing(connection, path or "database")  # another process may have been faster
        kept = _back_up(path, layout(connection)) if steps and path and _has_data(connection) else None
        for step in steps:
            for statement in step.statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {step.number}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return Migrated(steps, kept)


def _has_data(connection: sqlite3.Connection) -> bool:
    return bool(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _back_up(path: Path, version: int) -> Path:
    target = _name_of_copy(path, version)
    # on a connection of its own: SQLite copies nothing from one that writes
    read_only(path, lambda reader: write_copy(reader, target, replace=True))
    return target


def _name_of_copy(path: Path, version: int) -> Path:
    """Return a name that is free, or that of an earlier attempt's copy; anything else is somebody's and stays."""
    first = path.with_name(f"{path.name}.before-{LATEST}")
    others = (first.with_name(f"{first.name}-{number}") for number in count(2))
    found = first
    while os.path.lexists(found) and not _is_earlier_attempt(found, version):
        found = next(others)
    return found


def _is_earlier_attempt(file: Path, version: int) -> bool:
    return not file.is_symlink() and not companions(file) and layout_of_file(file) == version
