"""docs/reference/json.md says what `--json` prints: each of its rows is run."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from geppetto.profile import Registry, Write, put_registry
from geppetto_store_sqlite.store import SqliteStore

PAGE = Path(__file__).parents[1] / "docs/reference/json.md"
ROWS = re.findall(r"^\| `([^`]+)` \| (list|object) \| ([^|]+?) \|$", PAGE.read_text(), re.MULTILINE)
TEAM = "slug: team\nprofiles:\n  default: {runtime: {system_prompt: Be %s., tools: [calculator]}}\n"
QUICK = "slug: quick\nruntime: {system_prompt: Quick.}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with registries and a profile; what a row writes is there for the next."""
    made = tmp_path_factory.mktemp("json")
    (made / "team.yaml").write_text(TEAM % "kind")
    (made / "other.yaml").write_text(TEAM % "brief")
    (made / "quick.yaml").write_text(QUICK)
    (made / "old.yaml").write_text("default:\n  ai-chat:\n    ai-engine: m\n")
    with closing(SqliteStore(str(made / "team.db"))) as store:
        store.change("team", put_registry(Registry("team"), Write()))
    return made


def _printed(command: str, folder: Path) -> Any:
    read_only = not command.startswith(("profiles create", "profiles update", "profiles set", "profiles del"))
    env = {**os.environ, "GEPPETTO_HOME": str(folder / "home")}
    if read_only:
        env["GEPPETTO_PROFILE_REGISTRIES"] = "team.yaml"
    arguments = [sys.executable, "-m", "geppetto", *shlex.split(command), "--json"]
    done = subprocess.run(arguments, cwd=folder, env=env, capture_output=True, text=True, check=False)
    return json.loads(done.stdout)


def test_the_page_has_rows() -> None:
    """A page whose table changed its form must not pass for lack of rows."""
    assert len(ROWS) >= 25


@pytest.mark.parametrize(("command", "kind", "keys"), ROWS, ids=[row[0] for row in ROWS])
def test_a_command_prints_what_the_page_says(command: str, kind: str, keys: str, folder: Path) -> None:
    """Every key that it prints is documented, and every documented key is there unless it may be left out."""
    words = keys.partition(" (")[0].split()
    needed, known = {word for word in words if "?" not in word}, {word.rstrip("?") for word in words}

    printed = _printed(command, folder)

    assert isinstance(printed, list if kind == "list" else dict)
    shown = printed if isinstance(printed, list) else [printed]
    assert shown
    assert [sorted(needed - set(one)) for one in shown] == [[] for _ in shown]
    assert [sorted(set(one) - known) for one in shown] == [[] for _ in shown]
