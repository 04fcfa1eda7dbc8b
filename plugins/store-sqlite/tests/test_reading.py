"""A database opened to be looked at: nothing is left beside it, and a file that did not stay at rest is read again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from geppetto.profile import Registry, Write, put_registry
from geppetto_store_sqlite.reading import in_wal_mode, layout_of_file, read_only
from geppetto_store_sqlite.store import SqliteStore


def _names(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT slug FROM profile_registries ORDER BY slug")]


def test_a_file_at_rest_is_read_once(team: Path) -> None:
    """And has no companion afterwards, as it would have by SQLite's own read-only mode."""
    calls: list[list[str]] = []

    read_only(team, lambda connection: calls.append(_names(connection)))

    assert calls == [["team"]]
    assert in_wal_mode(team)
    assert [path.name for path in team.parent.iterdir()] == ["team.db"]


@pytest.mark.parametrize("stays_open", [True, False])
def test_a_file_that_is_written_meanwhile_is_read_again(team: Path, *, stays_open: bool) -> None:
    """Whether its writer is still there, so that a log tells of it, or gone, so that the file is another."""
    calls: list[list[str]] = []
    stores: list[SqliteStore] = []

    def work(connection: sqlite3.Connection) -> list[str]:
        if not calls:
            stores.append(SqliteStore(str(team)))
            stores[0].change("later", put_registry(Registry("later"), Write()))
            if not stays_open:
                stores[0].close()
        calls.append(_names(connection))
        return calls[-1]

    found = read_only(team, work)

    stores[0].close()
    assert (len(calls), found) == (2, ["later", "team"])


def test_what_fails_because_of_a_writer_is_tried_again(team: Path) -> None:
    """And what fails in a file at rest is told at once."""
    calls: list[str] = []

    def work(_connection: sqlite3.Connection) -> str:
        calls.append("call")
        if len(calls) == 1:
            with closing(SqliteStore(str(team))) as store:
                store.change("later", put_registry(Registry("later"), Write()))
            raise sqlite3.DatabaseError("torn")
        return "read"

    assert read_only(team, work) == "read"
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        read_only(team, lambda connection: connection.execute("SELECT 1 FROM nowhere"))


def test_nothing_can_be_written(team: Path, old: Path) -> None:
    """In either mode of the journal."""
    for file in (team, old):
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            read_only(file, lambda connection: connection.execute("DELETE FROM profile_registries"))


def test_the_layout_of_what_is_no_database_is_not_known(team: Path, tmp_path: Path) -> None:
    """Of a text, of a folder, of nothing."""
    (tmp_path / "text").write_text("a text that is long enough to be taken for a database, maybe")

    assert layout_of_file(team) == 1
    assert [layout_of_file(tmp_path / name) for name in ("text", ".", "nothing")] == [None, None, None]
