"""`db backup` and `db migrate`: copies that are whole while others write, and steps that can be tried first."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from geppetto.errors import GeppettoError, ProfileError, UsageError
from geppetto.profile import Profile, Registry, Write, put_registry
from geppetto_store_sqlite.cli.checking import check
from geppetto_store_sqlite.cli.upkeep import back_up, bring_up_to_date, try_out
from geppetto_store_sqlite.migrations import LATEST
from geppetto_store_sqlite.store import SqliteStore

PAIRS = """
import sys
from geppetto.profile import Profile, Write, create_profile
from geppetto_store_sqlite.store import SqliteStore
store, count = SqliteStore(sys.argv[1]), 0
while True:
    store.change("team", create_profile("team", Profile(f"one-{count}"), Write()))
    store.change("team", create_profile("team", Profile(f"two-{count}"), Write()))
    print(count, flush=True)
    count += 1
"""


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_copy_is_whole_while_others_write(team: Path, tmp_path: Path) -> None:
    """Of what another process writes one after the other, no copy has the later without the earlier."""
    command = [sys.executable, "-c", PAIRS, str(team)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        for number in range(5):
            seen = int(writer.stdout.readline())
            back_up(team, tmp_path / f"copy-{number}.db", replace=False)
            with closing(SqliteStore(str(tmp_path / f"copy-{number}.db"))) as copy:
                names = set(copy.registries()["team"].profiles)
            assert {f"one-{seen}", f"two-{seen}"} <= names
            assert all(name.replace("two", "one") in names for name in names)
        writer.kill()


def test_a_copy_is_one_private_file(team: Path) -> None:
    """Also of a database that others may read and that has a log beside it."""
    team.chmod(0o644)
    target = team.with_name("copy.db")
    with closing(SqliteStore(str(team))) as store:
        store.change("more", put_registry(Registry("more"), Write()))
        back_up(team, target, replace=False)

    assert _names(team.parent) == ["copy.db", "team.db"]
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert (check(str(target)).registries, check(str(target)).problems) == (2, [])


def test_what_is_there_is_replaced_only_where_that_is_asked_for(team: Path) -> None:
    """And a link stays one."""
    kept, link = team.with_name("kept.db"), team.with_name("link.db")
    kept.write_text("precious")
    link.symlink_to(kept)

    with pytest.raises(UsageError) as caught:
        back_up(team, link, replace=False)
    assert (caught.value.code, kept.read_text()) == ("FILE_EXISTS", "precious")

    back_up(team, link, replace=True)
    assert link.is_symlink()
    assert check(str(kept)).registries == 1


def test_a_copy_cannot_go_everywhere(team: Path) -> None:
    """Not over the database itself, not over one in use, not into a folder that is not there."""
    used = team.with_name("used.db")
    with closing(SqliteStore(str(used))) as store:
        store.change("used", put_registry(Registry("used"), Write()))
        for target, code in (
            (team, "INVALID_OPTION"),
            (used, "STORE_LOCKED"),
            (team.parent / "nowhere" / "x.db", "FILE_NOT_WRITTEN"),
        ):
            with pytest.raises(GeppettoError) as caught:
                back_up(team, target, replace=True)
            assert (caught.value.code, caught.value.subject) == (code, str(target))
            assert caught.value.next_step
        assert list(store.registries()) == ["used"]


def test_of_a_damaged_database_no_copy_is_made(team: Path) -> None:
    """It would take the place of a good one."""
    target = team.with_name("copy.db")
    back_up(team, target, replace=False)
    good = target.read_bytes()
    with closing(sqlite3.connect(team)) as database, database:
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'slug TEXT', 'slug TEXT CHECK (slug = 1)')"
        )

    with pytest.raises(ProfileError) as caught:
        back_up(team, target, replace=True)

    assert (caught.value.code, caught.value.subject) == ("STORE_DAMAGED", str(team))
    assert target.read_bytes() == good
    assert _names(team.parent) == ["copy.db", "team.db"]


def test_a_locked_database_is_an_error_and_no_wait_without_end(old: Path) -> None:
    """For a copy as for a migration."""
    with closing(sqlite3.connect(old, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        for step in (lambda: back_up(old, old.with_name("copy.db"), replace=False), lambda: try_out(old)):
            with pytest.raises(ProfileError) as caught:
                step()
            assert caught.value.code == "STORE_LOCKED"

    assert _names(old.parent) == ["old.db"]


def test_a_migration_can_be_tried(old: Path) -> None:
    """It says what it would do; the file is the same, byte by byte, and nothing stands beside it."""
    before = old.read_bytes()

    tried = try_out(old)

    assert [step.number for step in tried.steps] == list(range(1, LATEST + 1))
    assert (tried.before, tried.backup, tried.dry_run) == (0, None, True)
    assert (old.read_bytes(), _names(old.parent)) == (before, ["old.db"])


def test_a_step_that_fails_fails_in_the_trial_too(old: Path) -> None:
    """A trial applies the steps and does not only list them."""
    with closing(sqlite3.connect(old)) as database:
        database.executescript("DROP TABLE profile_registries; CREATE TABLE x (y); CREATE INDEX profile_registries ON x (y)")  # fmt: skip
    before = old.read_bytes()

    with pytest.raises(ProfileError, match="already an index"):
        try_out(old)

    assert old.read_bytes() == before


def test_a_migration_says_where_the_copy_is(old: Path) -> None:
    """The copy is of what was there; done again, there is nothing to do."""
    done = bring_up_to_date(old)
    again = bring_up_to_date(old)

    assert done.backup == old.with_name(f"old.db.before-{LATEST}")
    assert check(str(done.backup)).layout == 0
    assert (check(str(old)).layout, check(str(old)).registries) == (LATEST, 1)
    assert (again.steps, again.backup, again.before) == ((), None, LATEST)


def _header(path: Path, at: int, value: int) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(bytes([value]))


def test_a_database_that_is_read_only_is_not_migrated(old: Path) -> None:
    """Where the place says so, and where SQLite finds out: here by a format that it reads and does not write."""
    with pytest.raises(ProfileError) as caught:
        bring_up_to_date(old, writable=False)
    assert caught.value.code == "READ_ONLY_STORE"

    _header(old, 18, 3)  # the version that writers need, in SQLite's own header
    before = old.read_bytes()
    with pytest.raises(ProfileError) as caught:
        bring_up_to_date(old)

    assert (caught.value.code, caught.value.subject) == ("READ_ONLY_STORE", str(old))
    assert old.read_bytes() == before


def test_a_database_of_a_newer_version_is_not_touched(team: Path) -> None:
    """Neither in a trial."""
    with closing(sqlite3.connect(team)) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = team.read_bytes()

    for step in (bring_up_to_date, try_out):
        with pytest.raises(ProfileError) as caught:
            step(team)
        assert caught.value.code == "STORE_TOO_NEW"

    assert team.read_bytes() == before


def test_a_name_that_is_no_text_can_be_copied_and_migrated(old: Path) -> None:
    """Linux takes any bytes for a name."""
    odd = old.with_name(os.fsdecode(b"\xff%.db"))
    old.rename(odd)

    back_up(odd, odd.with_name(os.fsdecode(b"\xfe.db")), replace=False)

    assert bring_up_to_date(odd).backup == odd.with_name(f"{odd.name}.before-{LATEST}")
    with closing(SqliteStore(str(odd))) as store:
        assert store.registries()["go"].profiles == {"default": Profile("default")}
