"""What SQLite says of a database, as errors with a code and a next step."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from geppetto.errors import ProfileError

from geppetto_store_sqlite.failures import RESTORE

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["failure"]

#: SQLite's primary result codes: what to call them, and what to do
_KNOWN: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: ("STORE_LOCKED", "wait until the program that writes it is done, or end that"),
    sqlite3.SQLITE_LOCKED: ("STORE_LOCKED", "wait until the program that writes it is done, or end that"),
    sqlite3.SQLITE_NOTADB: (
        "STORE_NO_DATABASE",
        "name an SQLite database; one that is encrypted has to be decrypted first",
    ),
    sqlite3.SQLITE_CORRUPT: ("STORE_DAMAGED", RESTORE),
    sqlite3.SQLITE_FULL: ("STORE_FAILED", "make room on the disk"),
    sqlite3.SQLITE_READONLY: ("READ_ONLY_STORE", "make the file and its folder writable"),
}
_OTHER = ("STORE_FAILED", "check the path, its permissions, and that it is an SQLite database")


def failure(file: Path | str, error: Exception) -> ProfileError:
    """Return the error for what SQLite or the system raised about a database."""
    number = getattr(error, "sqlite_errorcode", 0) & 0xFF  # the rest says which kind of that
    code, next_step = _KNOWN.get(number, _OTHER)
    return ProfileError(
        f"the profile database {file}: {error}", code=code, subject=str(file), next_step=next_step
    )
