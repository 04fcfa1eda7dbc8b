"""Eight processes write at the same time, a ninth is killed in the middle of a transaction, again and again."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from geppetto_store_sqlite.store import SqliteStore

WRITER = """
import sys, time
from pathlib import Path
from geppetto.profile import Profile, Write, create_profile
from geppetto_store_sqlite.store import SqliteStore
store, count = SqliteStore(sys.argv[1]), 0
while not Path(sys.argv[3]).exists():
    store.change("team", create_profile("team", Profile(f"p{sys.argv[2]}-{count}"), Write()))
    print(f"p{sys.argv[2]}-{count}", flush=True)
    count += 1
    time.sleep(0.02)  # SQLite gives a lock to who comes by, not to who waits longest
"""
#: changes so much that SQLite writes a part of it into the log before the end of the transaction, and stands still there
VICTIM = """
import sys, time
from geppetto_store_sqlite.store import SqliteStore
store = SqliteStore(sys.argv[1])
with store._alone() as connection:
    connection.execute("PRAGMA cache_size = 1")
    connection.execute("UPDATE profile_registries SET payload_json = 'lost'")
    for number in range(200):
        connection.execute("INSERT INTO profile_registries VALUES (?, ?, 0)", (f"lost-{number}", "x" * 10000))
    print("inside", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Give a function that starts a process; none outlives the test."""
    started = []

    def run(code: str, *arguments: object) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", code, *map(str, arguments)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
        return started[-1]

    yield run
    for process in started:
        process.kill()
        process.communicate()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def _log_size(team: Path) -> int:
    return team.with_name(f"{team.name}-wal").stat().st_size


def test_what_was_acknowledged_is_there_and_what_was_killed_is_not(
    team: Path,
    start: Callable[..., subprocess.Popen[str]],
    geppetto: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    """No write of the eight is lost, no part of the ninth's is seen, and the database passes its check."""
    stop = team.with_name("stop")
    writers = [start(WRITER, team, number, stop) for number in range(8)]
    said = [[_line(writer)] for writer in writers]  # all of them write now
    for _ in range(3):
        victim = start(VICTIM, team)
        assert _line(victim) == "inside"
        assert _log_size(team) > 1_000_000  # a part of what nobody may see stands in the file
        victim.kill()
        victim.wait()
        for heard, writer in zip(said, writers, strict=True):
            heard.append(_line(writer))  # each goes on after the kill
    stop.touch()
    for heard, writer in zip(said, writers, strict=True):
        assert writer.stdout is not None
        heard.extend(writer.stdout.read().split())
        writer.wait(timeout=60)

    assert [writer.returncode for writer in writers] == [0] * 8
    with closing(SqliteStore(str(team))) as store:
        found = store.registries()
    assert list(found) == ["team"]
    assert [name for heard in said for name in heard if name not in found["team"].profiles] == []
    checked = geppetto("db", "check", str(team), "--json")
    row = json.loads(checked.stdout)[0]
    assert (checked.returncode, row["integrity"], row["registries"], row["problems"]) == (0, "ok", 1, [])
