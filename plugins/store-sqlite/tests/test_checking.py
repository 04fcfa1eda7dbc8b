"""`db check`: what is known of a database, what is wrong with it, and that a look changes nothing."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from geppetto.profile import Registry, Write, put_registry
from geppetto_store_sqlite.cli.checking import check
from geppetto_store_sqlite.cli.findings import Findings
from geppetto_store_sqlite.migrations import LATEST
from geppetto_store_sqlite.store import SqliteStore


def _codes(found: Findings) -> list[tuple[str, str]]:
    return [(problem.level, problem.code) for problem in found.problems]


def _all_bytes(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def test_a_clean_database_has_facts_and_no_problem(team: Path) -> None:
    """What it is, how it is kept, and what is in it."""
    found = check(str(team))

    assert found.to_json() == {
        "place": str(team),
        "newest_layout": LATEST,
        "file": str(team),
        "layout": LATEST,
        "integrity": "ok",
        "journal_mode": "wal",
        "modes": {"team.db": "0600"},
        "registries": 1,
        "profiles": 2,
        "problems": [],
        "ok": True,
    }


def test_a_look_changes_and_creates_nothing(team: Path, old: Path) -> None:
    """Neither a file beside a database at rest, nor a number in one of an older layout."""
    before = _all_bytes(team.parent)

    for place in (team, old, team.parent / "missing.db", team.parent):
        check(str(place))

    assert _all_bytes(team.parent) == before


@pytest.mark.parametrize("place", ["{0}", "sqlite:{0}", "sqlite-dsn:file:{0}", "sqlite-dsn:file:{0}?mode=ro"])
def test_a_place_is_written_as_elsewhere(team: Path, place: str) -> None:
    """As a path, with its kind, and as an SQLite URI."""
    assert check(place.format(team)).registries == 1


def test_a_name_that_is_no_text_is_a_name(team: Path) -> None:
    """Linux takes any bytes for a name."""
    odd = team.with_name(os.fsdecode(b"\xff?#.db"))
    team.rename(odd)

    assert check(str(odd)).registries == 1


def test_a_database_in_use_is_read_with_what_is_only_in_its_log(team: Path) -> None:
    """The files beside it are named with their modes, and its writer goes on."""
    with closing(SqliteStore(str(team))) as store:
        store.change("more", put_registry(Registry("more"), Write()))

        found = check(str(team))

        assert (found.registries, found.ok) == (2, True)
        assert found.modes == {"team.db": "0600", "team.db-wal": "0600", "team.db-shm": "0600"}
        store.change("third", put_registry(Registry("third"), Write()))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_files_that_others_may_use_are_a_warning(team: Path) -> None:
    """It may be meant: a team's database is shared."""
    team.chmod(0o640)

    found = check(str(team))

    assert (_codes(found), found.ok) == ([("warning", "STORE_NOT_PRIVATE")], True)
    assert "team.db (0640)" in found.problems[0].message


def test_an_older_layout_is_a_warning(old: Path) -> None:
    """With the command that changes it."""
    old.chmod(0o600)

    found = check(str(old))

    assert (found.layout, found.registries, found.journal_mode) == (0, 1, "delete")
    assert _codes(found) == [("warning", "STORE_OUTDATED")]
    assert found.problems[0].next_step == f"geppetto db migrate {old}"


def test_each_bad_row_is_told_and_hides_no_other(team: Path) -> None:
    """Whatever stands in it: no JSON, no registry, another one's, no text at all."""
    bad = {
        "cut": "{",
        "list": "[]",
        "other": '{"slug": "x"}',
        "utf": b"\xff{}",
        "deep": "[" * 100_000,
        "field": '{"slug": "field", "profiles": {"p": {"runtime": 1}}}',
    }
    with closing(sqlite3.connect(team)) as database, database:
        for slug, payload in bad.items():
            database.execute("INSERT INTO profile_registries VALUES (?, CAST(? AS TEXT), 0)", (slug, payload))
        database.execute("INSERT INTO profile_registries VALUES (NULL, '{}', 0)")

    found = check(str(team))

    assert {problem.subject for problem in found.problems} == {f"registries[{s}]" for s in (*bad, None)}
    assert {problem.code for problem in found.problems} == {"PROFILE_INVALID"}
    assert all(problem.message.count("validation error") == 1 for problem in found.problems)
    assert (found.registries, found.profiles, found.ok) == (1, 2, False)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        yield


def test_a_locked_database_is_told(old: Path) -> None:
    """After a short wait, with what to do."""
    with _locked(old):
        found = check(str(old))

    assert _codes(found) == [("error", "STORE_LOCKED")]
    assert "wait" in found.problems[0].next_step


def _damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * 4096)


def test_damaged_pages_are_told_once(team: Path) -> None:
    """Although more than one look stumbles over them; what cannot be counted is not said."""
    _damage(team)

    found = check(str(team))

    assert (found.integrity, found.registries) == ("damaged", None)
    assert _codes(found) == [("error", "STORE_DAMAGED")]


def test_an_index_that_does_not_fit_is_found_and_the_rows_are_read(team: Path) -> None:
    """No query would have told: SQLite is asked to compare all pages."""
    with closing(sqlite3.connect(team)) as database, database:
        database.execute("CREATE INDEX times ON profile_registries (payload_json)")
        database.execute("PRAGMA writable_schema = ON")
        database.execute(
            "UPDATE sqlite_master SET sql = replace(sql, 'payload_json', 'updated_at_ms') WHERE name = 'times'"
        )

    found = check(str(team))

    assert (found.integrity, found.registries) == ("damaged", 1)
    assert "missing from index times" in found.problems[0].message


def test_a_layout_without_its_table_is_told(tmp_path: Path) -> None:
    """A number alone is no layout."""
    made = tmp_path / "number.db"
    with closing(sqlite3.connect(made)) as database:
        database.execute(f"PRAGMA user_version = {LATEST}")

    assert ("error", "STORE_DAMAGED") in _codes(check(str(made)))


@pytest.mark.parametrize(
    ("place", "code"),
    [
        ("missing.db", "REGISTRY_FILE_NOT_FOUND"),
        ("", "STORE_NO_DATABASE"),
        (".", "STORE_NO_DATABASE"),
        (":memory:", "STORE_NO_DATABASE"),
        ("sqlite-dsn:file:x?mode=memory", "STORE_NO_DATABASE"),
        ("~nobody-of-that-name/x.db", "STORE_NO_DATABASE"),
        ("text.db", "STORE_NO_DATABASE"),
        ("encrypted.db", "STORE_NO_DATABASE"),
        ("newer.db", "STORE_TOO_NEW"),
        ("text.db/below.db", "REGISTRY_FILE_NOT_FOUND"),
    ],
)
def test_what_cannot_be_a_database_has_a_code(
    tmp_path: Path, place: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And a next step; nothing is created for it."""
    monkeypatch.chdir(tmp_path)
    Path("text.db").write_text("this is not a database, only a text that is long enough")
    Path("encrypted.db").write_bytes(os.urandom(8192))
    with closing(sqlite3.connect("newer.db")) as newer:
        newer.execute("PRAGMA user_version = 99")
    Path("newer.db").chmod(0o600)
    before = _all_bytes(tmp_path)

    found = check(place)

    assert _codes(found) == [("error", code)]
    assert found.problems[0].next_step
    assert _all_bytes(tmp_path) == before
