"""The database by itself: use by many at once, time and room, and files that cannot be used."""

from __future__ import annotations

import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from geppetto_middleware_cache.store import ReplyStore, StoreError


class Clock:
    """A clock that stands until it is told otherwise."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    """Give the clock."""
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the database will be."""
    return tmp_path / "a" / "b" / "replies.db"


def _store(path: Path, clock: Clock | None = None, ttl: float | None = None, most: int = 100) -> ReplyStore:
    return ReplyStore(path, ttl=ttl, max_entries=most, clock=clock or Clock())


def _keys(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [key for (key,) in connection.execute("SELECT key FROM replies ORDER BY key")]


def test_what_is_kept_is_found_with_its_age(path: Path, clock: Clock) -> None:
    """By another store, as by another process; a later text replaces it."""
    _store(path, clock).put("k", "text")
    clock.now += 5

    found = _store(path, clock).get("k")

    assert found is not None
    assert (found.body, found.age) == ("text", 5.0)
    assert _store(path, clock).get("other") is None
    _store(path, clock).put("k", "newer")
    assert (again := _store(path, clock).get("k")) is not None
    assert (again.body, again.age) == ("newer", 0.0)


def test_an_old_entry_is_not_there_and_goes_with_the_next_one(path: Path, clock: Clock) -> None:
    """A use does not make it younger."""
    store = _store(path, clock, ttl=10)
    store.put("k", "text")
    clock.now += 9
    assert store.get("k") is not None
    clock.now += 1
    assert store.get("k") is None
    store.put("new", "text")

    assert _keys(path) == ["new"]


def test_the_entry_used_longest_ago_makes_room(path: Path, clock: Clock) -> None:
    """A hit is a use."""
    store = _store(path, clock, most=3)
    for key in ("a", "b", "c"):
        store.put(key, key)
        clock.now += 1
    store.get("a")
    clock.now += 1
    store.put("d", "d")
    assert _keys(path) == ["a", "c", "d"]

    _store(path, clock, most=1).put("e", "e")
    assert _keys(path) == ["e"]


def test_the_files_are_their_owners_alone(path: Path) -> None:
    """Also the journal that is there while somebody writes."""
    _store(path).put("k", "text")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM replies")
        connection.execute("COMMIT")
        files = sorted(path.parent.iterdir())
        modes = {stat.S_IMODE(file.stat().st_mode) for file in files}

    assert [file.name for file in files] == ["replies.db", "replies.db-shm", "replies.db-wal"]
    assert modes == {0o600}


def test_many_threads_use_it_at_once(path: Path) -> None:
    """The first of them make the database together."""
    wrong: list[str] = []
    start = threading.Barrier(8)

    def work(number: int) -> None:
        store = _store(path)
        start.wait()
        for turn in range(10):
            key = f"{number}-{turn}"
            store.put(key, key)
            found = store.get(key)
            if found is None or found.body != key:
                wrong.append(key)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert wrong == []
    assert len(_keys(path)) == 80


_PROCESS = """
import sys
from pathlib import Path
from geppetto_middleware_cache.store import ReplyStore

store = ReplyStore(Path(sys.argv[1]), ttl=None, max_entries=1000)
for turn in range(10):
    key = f"{sys.argv[2]}-{turn}"
    store.put(key, key)
    assert store.get(key).body == key
"""


def test_many_processes_use_it_at_once(path: Path) -> None:
    """None of them fails, and nothing is lost."""
    processes = [
        subprocess.Popen([sys.executable, "-c", _PROCESS, str(path), str(number)], stderr=subprocess.PIPE)
        for number in range(6)
    ]
    ends = [process.communicate(timeout=120)[1].decode() for process in processes]

    assert [process.returncode for process in processes] == [0] * 6, ends
    assert len(_keys(path)) == 60


def test_a_process_that_dies_leaves_a_database_that_works(path: Path) -> None:
    """It is killed inside a transaction; what it had not committed is gone, and nobody waits for it."""
    _store(path).put("k", "text")
    code = (
        "import os, signal, sqlite3, sys\n"
        "c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE'); c.execute('DELETE FROM replies'); os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)

    assert done.returncode != 0
    assert _store(path).get("k") is not None
    _store(path).put("other", "text")


def test_a_database_of_something_else_is_not_touched(path: Path) -> None:
    """Somebody named the wrong file."""
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE mine (x)")
    before = path.read_bytes()

    with pytest.raises(StoreError, match="a database of something else"):
        _store(path).get("k")
    with pytest.raises(StoreError, match="a database of something else"):
        _store(path).put("k", "text")

    assert path.read_bytes() == before


def test_a_newer_layout_is_not_touched(path: Path) -> None:
    """A later version wrote it."""
    _store(path).put("k", "text")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(StoreError, match="layout 99, and this version knows 1"):
        _store(path).get("k")


@pytest.mark.parametrize("kind", ["broken", "folder", "below a file", "no text"])
def test_what_cannot_be_a_database_is_an_error_of_the_store(
    kind: str, no_database: Callable[[str], Path], tmp_path: Path
) -> None:
    """Whatever is at the path."""
    path = tmp_path / "a\0b" if kind == "no text" else no_database(kind)

    with pytest.raises(StoreError):
        _store(path).put("k", "text")
    with pytest.raises(StoreError):
        _store(path).get("k")


def test_a_hit_is_given_while_somebody_else_writes(path: Path) -> None:
    """Readers do not wait for a writer; that it was used is lost."""
    _store(path).put("k", "text")
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")

        found = _store(path).get("k")

        connection.execute("ROLLBACK")
    assert found is not None
