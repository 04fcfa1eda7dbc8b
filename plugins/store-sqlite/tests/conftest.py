"""Databases as they are found, and the command line as a user runs it: a process of its own."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from geppetto.profile import Profile, Registry, Write, put_registry
from geppetto_store_sqlite.store import SqliteStore

GO_TABLE = (
    "CREATE TABLE profile_registries "
    "(slug TEXT PRIMARY KEY, payload_json TEXT NOT NULL, updated_at_ms INTEGER NOT NULL DEFAULT 0)"
)


@pytest.fixture
def geppetto(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Give a function that runs `geppetto` in the folder of the test."""
    base = {key: value for key, value in os.environ.items() if not key.startswith("GEPPETTO_")}

    def run(*arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-P", "-m", "geppetto", *arguments],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
            timeout=60,
            env={**base, "GEPPETTO_HOME": str(tmp_path / "home"), **env},
        )

    return run


@pytest.fixture
def team(tmp_path: Path) -> Path:
    """Give a database with a registry of two profiles."""
    made = tmp_path / "team.db"
    with closing(SqliteStore(str(made))) as store:
        store.change("team", put_registry(Registry("team", {n: Profile(n) for n in ("a", "b")}), Write()))
    return made


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Give a database that the Go library made: no number, no WAL, everybody may read it."""
    made = tmp_path / "old.db"
    with closing(sqlite3.connect(made)) as database, database:
        database.execute(GO_TABLE)
        payload = json.dumps({"slug": "go", "profiles": {"default": {"slug": "default"}}})
        database.execute("INSERT INTO profile_registries VALUES ('go', ?, 5)", (payload,))
    made.chmod(0o644)
    return made
