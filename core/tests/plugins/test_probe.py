"""A probe loads plugins in other processes: what hangs, exits or prints there harms nothing here."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from geppetto.errors import PluginError, UsageError
from geppetto.plugins import Kind, PluginPolicy, PluginRegistry
from geppetto.plugins.probe import probe
from geppetto.plugins.survey import checked_rows, contributions, inspect_plugin

Install = Callable[..., list[str]]

GOOD = """
from geppetto.engine import Capabilities, EngineFactory
from geppetto.plugins import hookimpl

def _build(settings, deps): ...

@hookimpl
def geppetto_engine_factories():
    return [EngineFactory("good", _build, description="Does good", capabilities=Capabilities(streaming=True))]
"""


def test_each_plugin_loses_only_itself(install: Install) -> None:
    """Plugins that hang, exit, crash and print are failed rows with a reason, and the good one is loaded."""
    hang = "import subprocess, time\nsubprocess.Popen(['sleep', '60'])\ntime.sleep(60)"
    bad = {
        "hang": hang,
        "leave": "import os\nos._exit(0)",
        "crash": "import os, sys\nsys.stderr.write('out of cheese\\n')\nsys.stderr.flush()\nos.abort()",
        "close": "import os\nos.closerange(0, 64)\nraise ValueError",
    }
    for name, code in bad.items():
        install(
            f"geppetto-{name}", f"[geppetto.engines]\n{name} = {name}_plugin\n", **{f"{name}_plugin": code}
        )
    noisy = 'import os\nprint("{}")\nos.write(1, b"noise")\n' + GOOD
    path = install("geppetto-good", "[geppetto.engines]\ngood = good_plugin\n", good_plugin=noisy)

    found = {each.row.name: each for each in probe(PluginRegistry(path=path).rows(), limit=3)}

    assert {name: str(each.row.status) for name, each in found.items()} == {
        **dict.fromkeys(bad, "failed"),
        "good": "loaded",
    }
    assert "within 3 s" in found["hang"].row.reason
    assert "exit code 0" in found["leave"].row.reason
    assert "out of cheese" in found["crash"].row.reason
    assert "good_plugin" not in sys.modules


def test_a_row_is_told_before_the_next_one_hangs(install: Install) -> None:
    """The engines of a module are known even when its tools hook never returns."""
    code = GOOD + "\n@hookimpl\ndef geppetto_tools():\n    import time\n    time.sleep(60)\n"
    points = "[geppetto.engines]\ngood = x_plugin\n[geppetto.tools]\nt = x_plugin\n"
    path = install("geppetto-x", points, x_plugin=code)

    engine, tool = probe(PluginRegistry(path=path).rows(), limit=3)

    assert (engine.row.status, tool.row.status) == ("loaded", "failed")
    assert engine.load_ms is not None
    assert engine.about["description"] == "Does good"


def test_a_failure_brings_its_traceback(install: Install) -> None:
    """The error of a plugin that raises has type, message and traceback."""
    path = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n", x_plugin="1 / 0")

    (found,) = probe(PluginRegistry(path=path).rows())

    assert found.error is not None
    assert found.error["type"] == "ZeroDivisionError"
    assert "x_plugin.py" in found.error["traceback"]


def test_many_modules_go_in_batches(install: Install) -> None:
    """More modules than are tried at a time all get their result, in the order asked."""
    for number in range(11):
        path = install(
            f"geppetto-n{number}",
            f"[geppetto.engines]\ngood = n{number}_plugin\n",
            **{f"n{number}_plugin": GOOD},
        )
    rows = PluginRegistry(PluginPolicy(), path=path).rows()

    found = probe(rows)

    assert [each.row.distribution for each in found] == [row.distribution for row in rows]


def test_checked_rows_leave_blocked_plugins_alone(install: Install, tmp_path: Path) -> None:
    """Denied, clashing, misspelt and newer plugins keep their status and are never imported."""
    touch = f"open({str(tmp_path / 'imported')!r}, 'w')"
    for name in "abcd":
        install(
            f"geppetto-{name}",
            f"[geppetto{'2' if name == 'd' else ''}.engines]\n{'x' if name in 'ab' else name} = {name}_plugin\n",
            **{f"{name}_plugin": touch},
        )
    path = install("geppetto-e", "[geppetto.engin]\ne = e_plugin\n", e_plugin=touch)
    registry = PluginRegistry(PluginPolicy(deny=frozenset({"geppetto-c"})), path=path)

    statuses = [str(row.status) for row in checked_rows(registry)]

    assert sorted(statuses) == ["conflict", "conflict", "disabled", "incompatible", "misspelt-group"]
    assert not (tmp_path / "imported").exists()


def test_strict_checks_raise(install: Install) -> None:
    """With a strict policy a broken plugin raises."""
    path = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n", x_plugin="1 / 0")

    with pytest.raises(PluginError, match="ZeroDivisionError"):
        checked_rows(PluginRegistry(PluginPolicy(strict=True), path=path))


def test_contributions_say_more_when_asked(install: Install) -> None:
    """A plain list holds metadata; a verbose one adds what the plugin says, and leaves broken plugins out."""
    install("geppetto-bad", "[geppetto.engines]\nbad = bad_plugin\n", bad_plugin="1 / 0")
    points = "[geppetto.engines]\ngood = good_plugin\nfine = good_plugin\n"
    registry = PluginRegistry(path=install("geppetto-good", points, good_plugin=GOOD))

    plain = contributions(registry, Kind.ENGINE)
    verbose = contributions(registry, Kind.ENGINE, verbose=True)

    about = {"distribution": "geppetto-good", "version": "1.0"}
    assert {"name": "good", "summary": "About geppetto-good", **about} in plain
    assert [each["name"] for each in plain] == ["bad", "fine", "good"]
    assert verbose[1] == {
        "name": "good",
        "summary": "Does good",
        "aliases": ["fine"],
        "config_version": 1,
        "tags": ["streaming"],
        **about,
    }


def test_a_denied_alias_does_not_break_the_other(install: Install) -> None:
    """An alias is judged by all names its module promises, also those that may not be used."""
    points = "[geppetto.engines]\ngood = good_plugin\nfine = good_plugin\n"
    path = install("geppetto-good", points, good_plugin=GOOD)
    registry = PluginRegistry(PluginPolicy(deny=frozenset({"engine:good"})), path=path)

    assert [str(row.status) for row in checked_rows(registry)] == ["loaded", "disabled"]


@pytest.mark.parametrize("name", ["good", "geppetto-good", "Geppetto_Good/GOOD", "engine:good"])
def test_inspection_finds_a_plugin_by_any_name(install: Install, name: str) -> None:
    """Contribution, distribution, namespaced name and kind with name all lead to the plugin."""
    path = install("geppetto-good", "[geppetto.engines]\ngood = good_plugin\n", good_plugin=GOOD)

    shown = inspect_plugin(PluginRegistry(path=path), name)

    assert (shown["status"], shown["api"], shown["error"]) == ("loaded", 1, None)
    assert shown["summary"] == "Does good"
    assert shown["load_ms"] > 0
    assert [row["name"] for row in shown["contributions"]] == ["good"]


def test_inspection_loads_a_clashing_plugin_only_by_full_name(install: Install) -> None:
    """A row in conflict is loaded when its distribution is named, and stays in conflict."""
    install("geppetto-other", "[geppetto.engines]\ngood = other_plugin\n")
    path = install("geppetto-good", "[geppetto.engines]\ngood = good_plugin\n", good_plugin=GOOD)
    registry = PluginRegistry(path=path)

    bare, full = inspect_plugin(registry, "good"), inspect_plugin(registry, "geppetto-good/good")

    assert (bare["status"], bare["load_ms"]) == ("conflict", None)
    assert full["status"] == "conflict"
    assert full["load_ms"] is not None


def test_inspection_refuses_unclear_and_unknown_names(install: Install) -> None:
    """A name of two kinds asks which one, and an unknown name offers the nearest."""
    path = install("geppetto-x", "[geppetto.engines]\nsame = x_plugin\n[geppetto.tools]\nsame = x_plugin\n")
    registry = PluginRegistry(path=path)

    with pytest.raises(UsageError) as unclear:
        inspect_plugin(registry, "same")
    with pytest.raises(PluginError, match="did you mean same") as unknown:
        inspect_plugin(registry, "sane")

    assert "engine:same" in unclear.value.next_step
    assert unknown.value.exit_code == 3
