"""`geppetto db`: what it prints, how it ends, and what it leaves alone."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Geppetto = Callable[..., subprocess.CompletedProcess[str]]


def test_the_command_is_the_plugins(geppetto: Geppetto) -> None:
    """The help of `geppetto` says who gives it; without plugins it is not there."""
    shown = geppetto("--help").stdout
    without = geppetto("--no-plugins", "db", "check", "x.db")

    assert [line.split(maxsplit=1)[1] for line in shown.splitlines() if line.split()[:1] == ["db"]] == [
        "(from geppetto-store-sqlite)"
    ]
    assert (without.returncode, "PLUGIN_DISABLED" in without.stderr) == (3, True)


def test_check_looks_at_every_place(geppetto: Geppetto, team: Path, old: Path) -> None:
    """The bad ones do not hide the good ones; a warning is no failure."""
    both = geppetto("db", "check", "missing.db", team.name, ".")
    good = geppetto("db", "check", team.name, old.name)

    assert (both.returncode, good.returncode, both.stderr) == (1, 0, "")
    assert "missing.db: NOT OK\n  error: there is no profile registry file missing.db" in both.stdout
    assert "team.db: ok, layout 1 (newest 1), integrity ok, journal wal, team.db 0600, 1 registries, 2 profiles" in both.stdout  # fmt: skip
    assert "(STORE_OUTDATED)\n    next: geppetto db migrate old.db" in good.stdout
    assert not Path(team.parent, "missing.db").exists()


def test_check_prints_one_list(geppetto: Geppetto, team: Path) -> None:
    """A place that is no database is a row as well."""
    done = geppetto("db", "check", team.name, "missing.db", "--json")

    rows = json.loads(done.stdout)
    assert [(row["place"], row["ok"]) for row in rows] == [("team.db", True), ("missing.db", False)]
    assert rows[1]["problems"][0]["code"] == "REGISTRY_FILE_NOT_FOUND"
    assert done.returncode == 1


def test_backup_copies_once(geppetto: Geppetto, team: Path) -> None:
    """Over a file that is there with --force alone."""
    done = geppetto("db", "backup", team.name, "copy.db")
    again = geppetto("db", "backup", team.name, "copy.db")
    forced = geppetto("db", "backup", f"sqlite:{team}", "copy.db", "--force", "--json")

    assert (done.returncode, done.stdout) == (0, "copy.db is a copy of team.db\n")
    assert (again.returncode, again.stdout) == (2, "")
    assert "FILE_EXISTS" in again.stderr
    assert json.loads(forced.stdout) == {
        "place": f"sqlite:{team}",
        "file": str(team),
        "backup": "copy.db",
    }
    assert geppetto("db", "check", "copy.db").returncode == 0


def test_migrate_is_tried_and_done(geppetto: Geppetto, old: Path) -> None:
    """The trial changes nothing, the migration says where the copy is, and then there is nothing to do."""
    before = old.read_bytes()
    tried = geppetto("db", "migrate", old.name, "--dry-run")
    assert old.read_bytes() == before
    refused = geppetto("db", "migrate", f"sqlite-dsn:file:{old}?mode=ro", "--json")
    assert old.read_bytes() == before
    done = geppetto("db", "migrate", old.name)
    again = geppetto("db", "migrate", old.name, "--json")

    assert "old.db would be brought from layout 0 to 1:" in tried.stdout
    assert json.loads(refused.stdout)["error"]["code"] == "READ_ONLY_STORE"
    assert "what was there is in old.db.before-1" in done.stdout
    assert json.loads(again.stdout)["steps"] == []


@pytest.mark.parametrize("command", [("backup", "x.db", "y.db"), ("migrate", "x.db"), ("migrate", "x.db", "--dry-run")])  # fmt: skip
def test_a_database_that_is_not_there_is_not_made(
    geppetto: Geppetto, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """It is an error that says so."""
    done = geppetto("db", *command, "--json")

    assert done.returncode == 2
    assert json.loads(done.stdout)["error"]["code"] == "REGISTRY_FILE_NOT_FOUND"
    assert not list(tmp_path.glob("*.db"))
