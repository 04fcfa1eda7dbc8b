"""What `geppetto db` does with a database that is there: copy it, bring it up to date, or try that with a copy."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto.errors import ProfileError, ReadOnlyStore, UsageError

from geppetto_store_sqlite.cli.failures import failure
from geppetto_store_sqlite.connecting import connect_existing, is_read_only
from geppetto_store_sqlite.copies import copy_into, write_copy
from geppetto_store_sqlite.files import companions
from geppetto_store_sqlite.migrations import LATEST, Step, missing
from geppetto_store_sqlite.migrations import migrate as apply
from geppetto_store_sqlite.reading import layout, read_only

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Migration", "back_up", "bring_up_to_date", "try_out"]


@dataclass(slots=True, frozen=True)
class Migration:
    """Which steps a database lacked, and what was done about it."""

    file: Path
    before: int
    steps: tuple[Step, ...] = ()
    backup: Path | None = None
    dry_run: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return what `--json` prints."""
        return {
            "file": str(self.file),
            "layout": self.before if self.dry_run else LATEST,
            "newest_layout": LATEST,
            "steps": [{"number": step.number, "does": step.does} for step in self.steps],
            "backup": str(self.backup) if self.backup else None,
            "dry_run": self.dry_run,
        }


def back_up(file: Path, target: Path, *, replace: bool) -> None:
    """Copy a database in one step; raise UsageError for a target that is there (unless `replace`) or in use."""
    _check_target(file, target, replace=replace)
    aim = Path(os.path.realpath(target))
    try:
        read_only(file, lambda connection: write_copy(connection, aim, replace=replace))
    except FileExistsError as error:
        raise _taken(target) from error
    except (sqlite3.Error, OSError) as error:
        if getattr(error, "filename", None) == str(aim):
            raise _not_written(target, error) from error
        raise failure(file, error) from error


def bring_up_to_date(file: Path, *, writable: bool = True) -> Migration:
    """Apply the steps that are missing; raise ProfileError for a database that cannot, or may not, be written."""
    before, steps = _look(file)
    if not steps:
        return Migration(file, before)
    if not writable:
        raise _read_only(file, steps)
    with _told(file), closing(connect_existing(file)) as connection:
        if is_read_only(connection):
            raise _read_only(file, steps)
        done = apply(connection, file)
    return Migration(file, before, done.steps, done.backup)


def try_out(file: Path) -> Migration:
    """Apply the steps that are missing to a copy in memory; the file stays as it is, byte by byte."""
    before, _ = _look(file)
    with _told(file), closing(sqlite3.connect(":memory:", isolation_level=None)) as copy:
        read_only(file, lambda connection: copy_into(copy, connection))
        done = apply(copy, None)
    return Migration(file, before, done.steps, dry_run=True)


def _look(file: Path) -> tuple[int, tuple[Step, ...]]:
    """Return the layout of a database and the steps that it lacks."""
    with _told(file):
        return read_only(file, lambda connection: (layout(connection), missing(connection, file)))


def _read_only(file: Path, steps: tuple[Step, ...]) -> ReadOnlyStore:
    return ReadOnlyStore(
        f"the profile database {file} is read-only, and lacks the steps to layout {steps[-1].number}",
        subject=str(file),
        next_step="name it without mode=ro, and make the file and its folder writable",
    )


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        raise failure(file, error) from error


def _check_target(file: Path, target: Path, *, replace: bool) -> None:
    if not target.exists():
        return
    if not replace:
        raise _taken(target)
    if target.samefile(file):
        raise UsageError(
            f"{target} is the database itself",
            code="INVALID_OPTION",
            subject=str(target),
            next_step="name another file",
        )
    beside = companions(target.resolve())
    if beside:
        raise ProfileError(
            f"{target} is a database in use, or one with an unfinished write: {beside[0].name} is beside it",
            code="STORE_LOCKED",
            subject=str(target),
            next_step="end what has it open, or name another file",
        )


def _taken(target: Path) -> UsageError:
    return UsageError(
        f"{target} exists", code="FILE_EXISTS", subject=str(target), next_step="--force, or name another file"
    )


def _not_written(target: Path, error: Exception) -> UsageError:
    return UsageError(
        f"cannot write {target}: {getattr(error, 'strerror', error)}",
        code="FILE_NOT_WRITTEN",
        subject=str(target),
        next_step="name a file in a folder that is there and may be written to",
    )
