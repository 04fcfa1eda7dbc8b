"""What SQLite says of a database, as errors with a code and a next step."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from geppetto.errors import ProfileError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["damaged", "failure", "too_new"]

_RESTORE = "put a copy back, if there is one (`geppetto db backup` makes them), or `sqlite3 FILE .recover`"
#: SQLite's primary result codes: what to call them, and what to do
_KNOWN: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: ("STORE_LOCKED", "wait until the program that writes it is done, or end that"),
    sqlite3.SQLITE_LOCKED: ("STORE_LOCKED", "wait until the program that writes it is done, or end that"),
    sqlite3.SQLITE_NOTADB: (
        "STORE_NO_DATABASE",
        "name an SQLite database; one that is encrypted has to be decrypted first",
    ),
    sqlite3.SQLITE_CORRUPT: ("STORE_DAMAGED", _RESTORE),
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


def damaged(file: Path | str, said: list[str]) -> ProfileError:
    """Return the error for a database whose pages or indexes do not fit together."""
    more = f", and {len(said) - 1} more" if len(said) > 1 else ""
    return ProfileError(
        f"the profile database {file} is damaged: {said[0]}{more}",
        code="STORE_DAMAGED",
        subject=str(file),
        next_step=_RESTORE,
    )


def too_new(file: Path | str, layout: int, newest: int) -> ProfileError:
    """Return the error for a database of a newer version."""
    return ProfileError(
        f"the profile database has layout {layout}, and this version of the store knows {newest}",
        code="STORE_TOO_NEW",
        subject=str(file),
        next_step="pip install --upgrade geppetto-store-sqlite",
    )
