"""A check loads a plugin as nobody else does: watched, timed and judged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from geppetto.conduct.check import check_plugin
from geppetto.conduct.finding import Fault, Level
from geppetto.errors import PluginError
from geppetto.plugins import PluginPolicy, PluginRegistry

Install = Callable[..., list[str]]

GOOD = """
from geppetto.engine import EngineFactory
from geppetto.plugins import hookimpl

@hookimpl
def geppetto_engine_factories():
    return [EngineFactory("x", lambda settings, deps: None, description="Does good")]
"""
ENGINE = "[geppetto.engines]\nx = x_plugin\n"


def _faults(path: list[str], name: str = "acme-x", **options: float) -> dict[str, str]:
    verdict = check_plugin(PluginRegistry(path=path), name, **options)
    assert json.loads(json.dumps(verdict.to_json()))["ok"] is verdict.ok
    return {
        str(each.fault): f"{each.subject} | {each.message} | {each.next_step}" for each in verdict.findings
    }


def test_a_good_plugin_keeps_the_rules(install: Install) -> None:
    """Nothing is found, and the time of its own is told, that of the core not in it."""
    verdict = check_plugin(PluginRegistry(path=install("acme-x", ENGINE, x_plugin=GOOD)), "engine:x")

    assert (verdict.ok, verdict.findings) == (True, ())
    assert verdict.contributions == ("engine:x",)
    assert list(verdict.load_ms) == ["x_plugin"]
    assert verdict.load_ms["x_plugin"] is not None


@pytest.mark.parametrize(
    ("code", "fault", "says"),
    [
        ("import socket\ntry:\n    socket.create_connection(('127.0.0.1', 9), 0.1)\nexcept OSError:\n    pass", "dials", "127.0.0.1:9 at x_plugin:4"),
        ("open({file!r}, 'w').close()", "writes", "at x_plugin:2"),
        ("import pathlib\npathlib.Path({file!r}).mkdir(exist_ok=True)", "writes", "os.mkdir"),
        ("import os\nif not os.path.exists({file!r}):\n    os.mkdir({file!r})", "writes", "at x_plugin:4"),
        ("import subprocess, sys\nsubprocess.run([sys.executable, '-c', ''])", "starts-process", "at x_plugin:3"),
        ("import logging\nlogging.basicConfig()", "configures-logging", "a logger of your own"),
        ("import logging\nlogging.getLogger().setLevel(10)", "configures-logging", "root logger"),
        ("import logging\nlogging.disable()", "configures-logging", "root logger"),
        ("print('hello from a plugin')", "prints", "hello from a plugin"),
        ("import os\nos.write(1, b'low hello')", "prints", "low hello"),
    ],
)  # fmt: skip
def test_what_a_module_does_while_it_is_imported_is_found(
    install: Install, tmp_path: Path, code: str, fault: str, says: str
) -> None:
    """Each rule is broken by a plugin that works otherwise, and by nothing else that it does."""
    path = install("acme-x", ENGINE, x_plugin="\n" + code.format(file=str(tmp_path / "file")) + GOOD)

    found = _faults(path)

    assert list(found) == [fault]
    assert says in found[fault]


def test_what_a_module_does_later_is_its_own_affair(install: Install, tmp_path: Path) -> None:
    """Building and giving settings may do what importing may not."""
    late = "def settings():\n    print('late')\n    return {'type': 'object'}\n"
    code = GOOD.replace("@hookimpl", late + "\n@hookimpl").replace(
        '"x", lambda', '"x", settings=settings, build=lambda'
    )
    path = install("acme-x", ENGINE, x_plugin=code)

    assert _faults(path) == {}


def test_time_is_a_warning(install: Install) -> None:
    """A slow module is told, and breaks no rule; the limit is the caller's."""
    path = install("acme-x", ENGINE, x_plugin="import time\ntime.sleep(0.2)\n" + GOOD)
    registry = PluginRegistry(path=path)

    slow, patient = check_plugin(registry, "acme-x"), check_plugin(registry, "acme-x", import_ms=60_000)

    assert [(each.fault, each.level) for each in slow.findings] == [(Fault.SLOW, Level.WARNING)]
    assert "importtime" in slow.findings[0].next_step
    assert slow.ok
    assert patient.findings == ()


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("import os\nos._exit(0)", "exit code 0"),
        ("import time\ntime.sleep(60)", "within 2 s"),
        (GOOD.replace("geppetto_engine_factories", "geppetto_engine_factorys"), "did you mean"),
        (GOOD.replace("factories()", "factories(host)"), "asks for `host`"),
        (GOOD.replace('"x"', '"y"'), "give both the same name"),
    ],
)
def test_what_cannot_be_loaded_is_found(install: Install, code: str, says: str) -> None:
    """What the registry says of a broken plugin is the finding."""
    found = _faults(install("acme-x", ENGINE, x_plugin=code), limit=2.0)

    assert list(found) == ["not-loaded"]
    assert says in found["not-loaded"]


def test_rows_that_nobody_can_use_are_found(install: Install) -> None:
    """A misspelt group and a denied name are errors, a clash and a surplus are warnings."""
    install("other", "[geppetto.tools]\nx = other_plugin\n")
    points = "[geppetto.engines]\nx = x_plugin\nz = z_plugin\n[geppetto.tools]\nx = x_plugin\n[geppetto.engin]\ny = x_plugin\n"
    tool = """
@hookimpl
def geppetto_tools():
    from geppetto.tooling import ToolDefinition
    return [ToolDefinition(name, "", {"type": "object"}, lambda a, b: 1) for name in ("x", "more")]
"""
    path = install("acme-x", points, x_plugin=GOOD + tool, z_plugin="1 / 0")
    policy = PluginPolicy(deny=frozenset({"engine:z"}))

    verdict = check_plugin(PluginRegistry(policy, path=path), "acme-x")

    assert sorted((str(each.fault), str(each.level)) for each in verdict.findings) == [
        ("clash", "warning"),
        ("unusable", "error"),
        ("unusable", "error"),
    ]
    assert not verdict.ok


def test_a_hook_that_gives_more_than_is_promised_is_a_warning(install: Install) -> None:
    """A contribution without an entry point is told by its name."""
    code = GOOD.replace(
        '[EngineFactory("x", ', '[EngineFactory("more", lambda s, d: None), EngineFactory("x", '
    )
    found = _faults(install("acme-x", ENGINE, x_plugin=code))

    assert list(found) == ["surplus"]
    assert "more" in found["surplus"]


def test_a_name_of_nobody_is_an_error(install: Install) -> None:
    """An unknown plugin is refused with the nearest name."""
    registry = PluginRegistry(path=install("acme-x", ENGINE, x_plugin=GOOD))

    with pytest.raises(PluginError, match="did you mean acme-x"):
        check_plugin(registry, "acme-y")
