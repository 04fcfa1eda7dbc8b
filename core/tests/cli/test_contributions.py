"""`geppetto engines`, `middlewares` and `tools` list what can be used."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

import pytest

Install = Callable[..., None]
Geppetto = Callable[..., subprocess.CompletedProcess[str]]

GOOD = """
from geppetto.engine import Capabilities, EngineFactory
from geppetto.plugins import hookimpl

@hookimpl
def geppetto_engine_factories():
    able = Capabilities(tools=True)
    return [EngineFactory("good", lambda s, d: None, description="Does good", capabilities=able)]
"""


@pytest.mark.parametrize(
    ("group", "name"), [("engines", "echo"), ("middlewares", "logging"), ("tools", "clock")]
)
def test_each_kind_is_listed(geppetto: Geppetto, group: str, name: str) -> None:
    """The core's own contributions are listed with name, distribution, version and summary."""
    machine, plain = geppetto(group, "list", "--json"), geppetto(group, "list")

    (row,) = [row for row in json.loads(machine.stdout) if row["name"] == name]
    assert list(row) == ["name", "distribution", "version", "summary"]
    assert row["distribution"] == "geppetto"
    assert plain.stdout.startswith("NAME")
    assert name in plain.stdout


def test_a_list_imports_nothing_and_counts_what_is_blocked(geppetto: Geppetto, install: Install) -> None:
    """A plain list does not import plugins; what cannot be used is a hint on stderr."""
    install("geppetto-bomb", "[geppetto.engines]\nbomb = bomb_plugin\n", bomb_plugin="raise SystemExit(77)")
    install("geppetto-new", "[geppetto2.engines]\nnew = new_plugin\n")

    done = geppetto("engines", "list", "--json")

    names = [row["name"] for row in json.loads(done.stdout)]
    assert "bomb" in names
    assert "new" not in names
    assert "1 more cannot be used" in done.stderr


def test_verbose_says_more(geppetto: Geppetto, install: Install) -> None:
    """With -v aliases, version and tags are added, and broken plugins are left out."""
    points = "[geppetto.engines]\ngood = good_plugin\nfine = good_plugin\n"
    install("geppetto-good", points, good_plugin=GOOD)
    install("geppetto-bomb", "[geppetto.engines]\nbomb = bomb_plugin\n", bomb_plugin="raise SystemExit(77)")

    machine, plain = geppetto("engines", "list", "-v", "--json"), geppetto("engines", "list", "-v")

    rows = {row["name"]: row for row in json.loads(machine.stdout)}
    assert rows["good"] == {
        "name": "good",
        "distribution": "geppetto-good",
        "version": "1.0",
        "summary": "Does good",
        "aliases": ["fine"],
        "config_version": 1,
        "tags": ["tools"],
    }
    assert "bomb" not in rows
    assert "ALIASES" in plain.stdout
