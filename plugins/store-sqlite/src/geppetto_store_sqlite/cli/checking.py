"""A look at a database that changes nothing: its layout, its pages, who may read it, and each row that is no registry."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from geppetto.errors import GeppettoError, ProfileInvalid

from geppetto_store_sqlite.cli.failures import failure
from geppetto_store_sqlite.cli.findings import Findings
from geppetto_store_sqlite.cli.place import database_at
from geppetto_store_sqlite.failures import damaged, too_new
from geppetto_store_sqlite.files import companions
from geppetto_store_sqlite.migrations import LATEST
from geppetto_store_sqlite.reading import in_wal_mode, integrity, layout, read_only
from geppetto_store_sqlite.rows import has_table, read_row, rows, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["check"]

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_ROW_STEP = "write the registry again, or take the row out: DELETE FROM profile_registries WHERE slug = ..."


def check(place: str) -> Findings:
    """Look at the database of a place; whatever is wrong is found, and nothing is raised for it."""
    found = Findings(place, LATEST)
    with _told(found):
        found.file = database_at(place)
        found.modes = _modes(found.file)
        outside, wal = found, in_wal_mode(found.file)
        found = read_only(found.file, lambda connection: _inside(outside, connection))
        if found.layout is not None:
            found.journal_mode = "wal" if wal else found.journal_mode
            _warn_of_modes(found)
    return found


@contextmanager
def _told(found: Findings) -> Iterator[None]:
    """Turn whatever is raised into a problem, so that the rest is looked at as well."""
    try:
        yield
    except GeppettoError as error:
        found.wrong(error)
    except (sqlite3.Error, OSError) as error:
        found.wrong(failure(found.file or found.place, error))


def _modes(file: Path) -> dict[str, str]:
    return {
        path.name: f"{stat.S_IMODE(path.stat().st_mode):04o}" for path in (file, *companions(file.resolve()))
    }


def _warn_of_modes(found: Findings) -> None:
    """Say which files others may use; Windows has other rules."""
    wide = [name for name, mode in found.modes.items() if int(mode, 8) & _OTHERS]
    if os.name != "nt" and wide:
        files = ", ".join(f"{name} ({found.modes[name]})" for name in wide)
        message = f"others may use {files}, and profiles hold keys"
        next_step = f"chmod 600 {' '.join(wide)} in its folder, if that is not meant"
        found.warn("STORE_NOT_PRIVATE", str(found.file), message, next_step)


def _inside(outside: Findings, connection: sqlite3.Connection) -> Findings:
    """Return what was found outside with what is inside; a second look begins anew."""
    found = Findings(outside.place, LATEST, outside.file, modes=outside.modes, problems=[*outside.problems])
    connection.text_factory = text_of
    try:
        found.layout = layout(connection)
        found.journal_mode = str(connection.execute("PRAGMA journal_mode").fetchone()[0])
    except sqlite3.Error as error:  # locked, encrypted, no database: there is no more to say
        found.wrong(failure(outside.file or outside.place, error))
        return found
    with _told(found):
        said = integrity(connection)
        if said:
            raise damaged(outside.file or outside.place, said)
    found.integrity = "ok" if found.ok else "damaged"
    with _told(found):
        _layout(found, found.layout, has_table=has_table(connection))
    with _told(found):
        _registries(found, connection)
    return found


def _layout(found: Findings, number: int, *, has_table: bool) -> None:
    file = str(found.file)
    if number > LATEST:
        raise too_new(file, number, LATEST)
    if number < LATEST:
        message = f"{file} has layout {number}; it is brought up to date when it is opened to be written"
        found.warn("STORE_OUTDATED", file, message, f"geppetto db migrate {file}")
    elif not has_table:
        raise damaged(
            file, ["it has the number of a layout with a table profile_registries, and not the table"]
        )


def _registries(found: Findings, connection: sqlite3.Connection) -> None:
    good = []
    for slug, payload in rows(connection):
        try:
            good.append(read_row(slug, payload))
        except GeppettoError as error:
            reason = getattr(error, "reason", error.message)
            where = getattr(error, "field", "")
            row = f"registries[{slug}]"
            said = reason if where == row else f"{where}: {reason}"
            found.wrong(ProfileInvalid(row, said, code=error.code, next_step=_ROW_STEP))
    found.registries, found.profiles = len(good), sum(len(registry.profiles) for registry in good)
