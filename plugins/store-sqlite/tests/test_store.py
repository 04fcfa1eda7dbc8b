"""The rules that every store follows, over a real database file; and what only a database has."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import chdir, closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.errors import (
    PolicyViolation,
    ProfileError,
    ProfileInvalid,
    ProfileNotFound,
    ReadOnlyStore,
    VersionConflict,
)
from geppetto.plugins import Kind
from geppetto.profile import (
    Metadata,
    Policy,
    Profile,
    Registry,
    Write,
    create_profile,
    delete_profile,
    put_registry,
    read_profile,
    set_default,
    update_profile,
)
from geppetto_store_sqlite.store import SqliteStore

W = Write(actor="me", now_ms=1000)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The database."""
    return tmp_path / "sub" / "team.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    """Give a store with an empty registry."""
    made = SqliteStore(str(path))
    made.change("team", put_registry(Registry("team"), W))
    yield made
    made.close()


def _add(store: SqliteStore, name: str, **fields: Any) -> Profile:
    store.change("team", create_profile("team", read_profile({"slug": name, **fields}), W))
    return store.registries()["team"].profiles[name]


def test_a_life_of_a_profile(store: SqliteStore) -> None:
    """As in every other store."""
    made = _add(
        store,
        "a",
        extensions={"acme.x@v1": {"k": [1]}},
        stack=[{"registry_slug": "far", "profile_slug": "x"}],
    )
    store.change(
        "team", update_profile("team", "a", lambda p: replace(p, description="New"), Write(now_ms=2000))
    )
    changed = store.registries()["team"].profiles["a"]
    _add(store, "b")
    store.change("team", set_default("team", "b", W))
    default = store.registries()["team"].default_profile
    store.change("team", delete_profile("team", "b", W))

    assert made.metadata.version == 1
    assert (changed.description, changed.metadata.version, changed.extensions) == (
        "New",
        2,
        {"acme.x@v1": {"k": [1]}},
    )
    assert changed.stack == made.stack
    assert default == "b"
    assert store.registries()["team"].default_profile == "a"


def test_a_policy_is_as_closed_after_it_was_written(store: SqliteStore, path: Path) -> None:
    """No allowed key is something else than no list of them."""
    closed = Policy(allow_overrides=True, allowed_keys=())

    store.change("team", create_profile("team", Profile("a", policy=closed), W))
    store.close()
    again = SqliteStore(str(path))

    assert again.registries()["team"].profiles["a"].policy == closed
    again.close()


def test_refusals_change_nothing(store: SqliteStore) -> None:
    """Conflicts, read-only profiles, names that nobody has."""
    _add(store, "a", policy={"read_only": True})
    before = store.registries()

    for change, kind in (
        (set_default("team", "a", Write(expected=9)), VersionConflict),
        (update_profile("team", "a", lambda p: p, W), PolicyViolation),
        (delete_profile("team", "x", W), ProfileNotFound),
    ):
        with pytest.raises(kind):
            store.change("team", change)

    assert store.registries() == before


def test_several_registries_in_one_file_survive_it(store: SqliteStore, path: Path) -> None:
    """Opened again, everything is there; a registry can be taken out."""
    store.change("other", put_registry(Registry("other", {"x": Profile("x")}), W))
    store.close()
    again = SqliteStore(str(path))

    assert sorted(again.registries()) == ["other", "team"]
    again.change("other", lambda _before: None)
    assert sorted(again.registries()) == ["team"]
    again.close()


def test_what_others_wrote_is_seen(store: SqliteStore, path: Path) -> None:
    """By the next read, without opening anything again."""
    other = SqliteStore(str(path))
    assert other.registries()["team"].profiles == {}

    _add(store, "a")
    _add(other, "b")

    assert sorted(store.registries()["team"].profiles) == ["a", "b"]
    assert sorted(other.registries()["team"].profiles) == ["a", "b"]
    other.close()


def test_a_file_of_the_go_library_opens(path: Path) -> None:
    """Its table is ours; a copy is kept before the file gets its number."""
    path.parent.mkdir()
    with sqlite3.connect(path) as old:
        old.execute(
            "CREATE TABLE profile_registries (slug TEXT PRIMARY KEY, payload_json TEXT NOT NULL, updated_at_ms INTEGER NOT NULL DEFAULT 0)"
        )
        payload = {
            "slug": "go",
            "profiles": {
                "default": {"slug": "default", "policy": {"allow_overrides": False, "read_only": False}}
            },
        }
        old.execute("INSERT INTO profile_registries VALUES ('go', ?, 5)", (json.dumps(payload),))
    old.close()

    store = SqliteStore(str(path))

    assert list(store.registries()["go"].profiles) == ["default"]
    assert (path.parent / "team.db.before-1").is_file()
    store.close()


def test_a_path_in_the_home_is_found_for_the_copy_too(tmp_path: Path) -> None:
    """`~` is the same folder for everything that is done to a database."""
    with closing(sqlite3.connect(tmp_path / "team.db")) as old:
        old.execute("CREATE TABLE other (x)")
    code = "from geppetto_store_sqlite.store import SqliteStore; SqliteStore('~/team.db').close()"

    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        check=False,
    )

    assert done.stderr == b""
    assert (tmp_path / "team.db.before-1").is_file()


def test_a_migration_that_fails_is_told(tmp_path: Path) -> None:
    """Whether the copy cannot be made or a step cannot be done: with the database and what to do."""
    too_long = tmp_path / f"{'n' * 244}.db"  # its journal has a name that fits, and its copy would not
    for path, words in ((too_long, "before-1"), (tmp_path / "team.db", "already an index")):
        with closing(sqlite3.connect(path)) as old:
            old.executescript("CREATE TABLE other (x); CREATE INDEX profile_registries ON other (x)")

        with pytest.raises(ProfileError, match=words) as caught:
            SqliteStore(str(path))
        error = caught.value
        assert (error.code, error.subject, bool(error.next_step)) == ("STORE_FAILED", str(path), True)


def _modes(path: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.glob("*.db*")}


def test_a_new_database_is_its_owners_alone(store: SqliteStore, path: Path) -> None:
    """Profiles hold keys: nobody else reads the file, or what SQLite keeps beside it; by a URI just so."""
    other = SqliteStore(f"file:{path.parent}/by%20uri.db")
    for each in (store, other):
        each.change("keyed", put_registry(Registry("keyed"), W))

    assert _modes(path) == {
        f"{name}.db{end}": 0o600 for name in ("team", "by uri") for end in ("", "-wal", "-shm")
    }
    other.close()


def test_a_copy_before_a_migration_is_its_owners_alone(path: Path) -> None:
    """It holds what the database holds, and replaces one of an earlier attempt; the database stays as it was."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old:
        old.execute("CREATE TABLE other (x)")
    path.chmod(0o640)
    path.with_name("team.db.before-1").touch(0o644)

    SqliteStore(str(path)).close()

    assert _modes(path) == {"team.db": 0o640, "team.db.before-1": 0o600}
    with closing(sqlite3.connect(path.with_name("team.db.before-1"))) as copy:
        assert copy.execute("SELECT name FROM sqlite_master").fetchall() == [("other",)]


def test_a_copy_takes_no_place_that_is_somebodys(path: Path) -> None:
    """What is no database, of another layout, a folder or in use stays; a copy of an earlier attempt does not."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as old:
        old.execute("CREATE TABLE other (x)")
    taken = [path.with_name(f"team.db.before-1{end}") for end in ("", "-2", "-3", "-4")]
    taken[0].write_text("my notes, which are no database but long enough to be one")
    with closing(sqlite3.connect(taken[1])) as other:
        other.execute("PRAGMA user_version = 7")
    taken[2].mkdir()
    taken[3].with_name(f"{taken[3].name}-journal").touch()
    taken[3].touch()
    before = [file.read_bytes() for file in taken if file.is_file()]

    SqliteStore(str(path)).close()

    assert [file.read_bytes() for file in taken if file.is_file()] == before
    with closing(sqlite3.connect(path.with_name("team.db.before-1-5"))) as copy:
        assert copy.execute("SELECT name FROM sqlite_master").fetchall() == [("other",)]


@pytest.mark.parametrize("place", [":memory:", "file::memory:", "file:x?mode=memory", "file:x?vfs=memdb"])
def test_a_database_in_memory_makes_no_file(place: str, tmp_path: Path) -> None:
    """Whatever it is called."""
    with chdir(tmp_path), closing(SqliteStore(place)) as store:
        assert store.registries() == {}

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("payload", "problem"),
    [
        ("{", "no JSON"),
        ('{"slug": "other"}', "slug mismatch"),
        ('{"slug": "team", "profiles": 1}', "an object"),
        ("[" * 100_000, "nested too deep"),
        (b"\xff", "no JSON"),
    ],
)
def test_a_damaged_row_is_named(store: SqliteStore, path: Path, payload: str | bytes, problem: str) -> None:
    """By its registry."""
    with sqlite3.connect(path) as other:
        other.execute("UPDATE profile_registries SET payload_json = CAST(? AS TEXT)", (payload,))
    other.close()

    with pytest.raises(ProfileInvalid, match=problem):
        store.registries()


def test_what_is_no_database_is_told(tmp_path: Path) -> None:
    """With the path; so is one of a newer version, and a place that cannot be."""
    (tmp_path / "text.db").write_text("this is not a database, only a text that is long enough")
    newer = tmp_path / "newer.db"
    with sqlite3.connect(newer) as made:
        made.execute("PRAGMA user_version = 99")
    made.close()

    for place, code in (
        (tmp_path / "text.db", "STORE_FAILED"),
        (newer, "STORE_TOO_NEW"),
        (tmp_path, "STORE_FAILED"),
        (newer / "below.db", "STORE_FAILED"),
        (Path("~nobody-has-this-name/x.db"), "STORE_FAILED"),
    ):
        with pytest.raises(ProfileError) as caught:
            SqliteStore(str(place))
        assert caught.value.code == code


def test_a_database_that_cannot_be_written_is_read(store: SqliteStore, path: Path) -> None:
    """By an address with mode=ro."""
    _add(store, "a")
    fixed = SqliteStore(f"file:{path}?mode=ro")

    with pytest.raises(ReadOnlyStore):
        fixed.change("team", create_profile("team", Profile("b"), W))

    assert list(fixed.registries()["team"].profiles) == ["a"]
    fixed.close()


def test_after_close_nothing_works(store: SqliteStore) -> None:
    """Closing twice is fine."""
    store.close()
    store.close()

    with pytest.raises(ProfileError, match="closed"):
        store.registries()


def test_a_host_finds_the_store(tmp_path: Path) -> None:
    """By its entry point."""
    with Host(env={"GEPPETTO_HOME": str(tmp_path)}) as host:
        definition = host.registry.get(Kind.STORE, "sqlite")

    made = definition.open(str(tmp_path / "x.db"))
    assert made.registries() == {}
    made.close()


WRITER = """
import sys, time
from pathlib import Path
from geppetto.errors import VersionConflict
from geppetto.profile import Profile, Write, create_profile, update_profile
from geppetto_store_sqlite.store import SqliteStore
store, me, end = SqliteStore(sys.argv[1]), sys.argv[2], float(sys.argv[3])
count = 0
while time.time() < end:
    store.change("team", create_profile("team", Profile(f"p{me}-{count}"), Write()))
    print(f"p{me}-{count}", flush=True)
    count += 1
    seen = store.registries()["team"].profiles["shared"].metadata.version
    time.sleep(0.01)  # the others write meanwhile
    try:
        store.change("team", update_profile("team", "shared", lambda old: old, Write(expected=seen)))
        print("updated", flush=True)
    except VersionConflict:
        print("conflict", flush=True)
"""


def test_eight_processes_lose_nothing_although_two_are_killed(store: SqliteStore, path: Path) -> None:
    """For ten seconds: what was written is there, the database is whole, and who comes too late is told so."""
    store.change("team", create_profile("team", Profile("shared", metadata=Metadata(version=0)), Write()))
    end = str(time.time() + 10)
    command = [sys.executable, "-c", WRITER, str(path)]
    workers = [
        subprocess.Popen([*command, str(n), end], stdout=subprocess.PIPE, text=True, env={**os.environ})
        for n in range(8)
    ]
    for worker in workers[:2]:
        assert worker.stdout is not None
        worker.stdout.readline()
        worker.kill()
    # `communicate` alone passes over the lines that `readline` has taken from the pipe beyond the first
    said = [f"{w.stdout.read()}{w.communicate(timeout=60)[0]}".split() for w in workers if w.stdout]
    assert [worker.returncode for worker in workers[2:]] == [0] * 6

    found = store.registries()["team"].profiles

    told = [word for words in said for word in words]
    assert [word for word in told if word.startswith("p") and word not in found] == []
    assert all("updated" in words for words in said[2:])
    assert "conflict" in told
    # a killed process may have written what it could not say any more
    assert 0 <= found["shared"].metadata.version - 1 - told.count("updated") <= 2
    with sqlite3.connect(path) as checked:
        assert checked.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    checked.close()
