"""Copies of a database: consistent while others write, looked at, and put into place in one step."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from geppetto_store_sqlite.failures import damaged
from geppetto_store_sqlite.files import companions
from geppetto_store_sqlite.reading import integrity

__all__ = ["copy_into", "write_copy"]


def write_copy(source: sqlite3.Connection, target: Path, *, replace: bool) -> None:
    """Write what a connection reads into one file of mode 0600.

    Raises FileExistsError for a target that is there unless `replace`, OSError that names the target, ProfileError
    (STORE_DAMAGED) for a copy that is not whole. Whatever is raised, the target is as it was.
    """
    try:
        made = _private_file(target.parent)
        try:
            _fill(made, source)
            _put(made, target, replace=replace)
        finally:
            for path in (made, *companions(made)):
                path.unlink(missing_ok=True)
    except OSError as error:  # names the file beside the target, which means nothing to anybody
        raise OSError(error.errno, error.strerror, str(target)) from error


def copy_into(copy: sqlite3.Connection, source: sqlite3.Connection) -> None:
    """Copy a whole database as it is at this moment; a lock that does not go is an error of SQLite."""
    source.execute("BEGIN")
    try:
        # the read holds the moment; without it, `backup` would wait for a lock for ever
        source.execute("SELECT count(*) FROM sqlite_master").fetchone()
        source.backup(copy)
    finally:
        source.execute("ROLLBACK")


def _private_file(folder: Path) -> Path:
    import tempfile

    handle, name = tempfile.mkstemp(dir=folder, prefix=".geppetto-", suffix=".db")
    os.close(handle)
    return Path(name)


def _fill(made: Path, source: sqlite3.Connection) -> None:
    with closing(sqlite3.connect(made, isolation_level=None)) as copy:
        copy_into(copy, source)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, whatever the other keeps beside it
        said = integrity(copy)
    if said:
        raise damaged(os.fsdecode(source.execute("PRAGMA database_list").fetchone()[2]), said)


def _put(made: Path, target: Path, *, replace: bool) -> None:
    if replace:
        made.replace(target)
        return
    try:
        os.link(made, target)  # refuses what is there, in the same step
    except FileExistsError:
        raise
    except OSError:  # a file system without links
        if os.path.lexists(target):
            raise
        made.replace(target)
