"""A plan says what a run will be and why: plain JSON, without secrets, without doing anything."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, MiddlewareDefinition
from geppetto.errors import NotFound
from geppetto.factory import difference
from geppetto.middleware import Effects
from geppetto.testing import no_network

Hosted = Callable[..., Host]
Make = Callable[..., MiddlewareDefinition]

TEXT = """slug: r
profiles:
  default:
    runtime:
      step_settings_patch:
        engine: {name: wire}
        settings: {model: small, temperature: 0.2, api_key: canary-key, base_url: "https://a.example"}
        inference: {seed: 7, stop: [a]}
      system_prompt: Be brief.
      tools: [calculator, clock]
      middlewares:
        - {name: m, id: a, config: {word: x}}
        - {name: gone, id: b, enabled: false}
    policy: {allow_overrides: true}
    extensions:
      acme.note@v1: {word: hi, password: canary-extension}
"""


@pytest.fixture
def host(hosted: Hosted, middleware: Make) -> Host:
    """A host with the profile above; its middleware cannot be built."""
    effects = Effects(short_circuits=True)
    return hosted(TEXT, middleware_definitions=[middleware("m", lambda *_: 1 / 0, effects)])


@pytest.mark.parity(12, 312, 356, 357)
def test_a_plan_shows_the_whole_run(host: Host) -> None:
    """Profile, engine, model, runtime, middlewares, tools, extensions, and who supplies them."""
    plan = host.create_engine_factory().plan()

    assert (plan.registry_slug, plan.profile_slug, plan.runtime_key) == ("r", "default", "default")
    assert (plan.engine, plan.model) == ("wire", "small")
    assert plan.resolved_runtime == {
        "system_prompt": "Be brief.",
        "tools": ["calculator", "clock"],
        "middlewares": [
            {"name": "m", "id": "a", "enabled": True, "config": {"times": 1, "word": "x"}},
            {"name": "gone", "id": "b", "enabled": False, "config": {}},
        ],
        "step_settings_patch": {
            "engine": {"name": "wire"},
            "settings": {"model": "small", "temperature": 0.2, "api_key": "***", "base_url": "https://a.example"},
            "inference": {"seed": 7, "stop": ["a"]},
        },
    }  # fmt: skip
    assert [(row["label"], row["enabled"], row["supplier"]) for row in plan.chain] == [
        ("m#a", True, "(code)"),
        ("gone#b", False, "missing"),
    ]
    assert [row["name"] for row in plan.tools] == ["calculator", "clock"]
    assert plan.extensions == {"acme.note@v1": {"word": "hi", "password": "***"}}
    assert plan.plugins["middleware m"] == "(code)"
    assert plan.plugins["tool clock"].startswith("geppetto ")
    assert plan.plugins["core"].startswith("geppetto ")
    assert plan.price_per_1000_turns is None
    assert plan.refusals == []
    assert plan.notes == []


@pytest.mark.parity(312)
def test_a_tool_that_nobody_has_is_noted(hosted: Hosted) -> None:
    """With the name that may have been meant: a session of it fails."""
    factory = hosted(TEXT.replace("clock]", "clok]").split("      middlewares:")[0]).create_engine_factory()

    plan = factory.plan()

    assert [row["supplier"] for row in plan.tools][1:] == ["missing"]
    (note,) = plan.notes
    assert note.startswith("tools: no tool 'clok'")
    assert note.endswith("Did you mean clock?")
    with pytest.raises(NotFound):
        factory.create_session()


@pytest.mark.parity(337, 358)
def test_every_middleware_says_where_its_config_is_from(host: Host) -> None:
    """Sources and, for each path, the value and its steps, the winner last."""
    patch = [{"op": "configure", "target": "m", "config": {"times": 2}}]

    (first, second) = host.create_engine_factory().plan(middleware_patch=patch).middleware_debug

    assert (first["key"], second) == ("m#a", {"key": "gone#b", "sources": [], "paths": []})
    assert first["sources"] == [
        {"name": "schema", "layer": "schema-defaults"},
        {"name": "profile r/default", "layer": "profile"},
        {"name": "middleware patch", "layer": "request"},
    ]
    times, word = first["paths"]
    assert (times["path"], times["value"]) == ("/times", 2)
    assert [(step["source"], step["layer"], step["path"], step["value"]) for step in times["steps"]] == [
        ("schema", "schema-defaults", "/times", 1),
        ("middleware patch", "request", "/times", 2),
    ]
    assert (word["value"], word["steps"][0]["source"]) == ("x", "profile r/default")


@pytest.mark.parity(318, 333, 335, 359)
def test_the_layers_are_told_in_the_order_of_their_merge(hosted: Hosted, tmp_path: Path) -> None:
    """Each with what stands in it; the patch comes last."""
    (tmp_path / "work" / "geppetto.yaml").write_text("overrides: {settings: {temperature: 0.3}}\n")
    host = hosted(
        TEXT.split("      middlewares:", maxsplit=1)[0] + "    policy: {allow_overrides: true}\n",
        env={"GEPPETTO__SYSTEM_PROMPT": "Env."},
    )

    plan = host.create_engine_factory().plan(
        request_overrides={"tools": ["clock"]}, middleware_patch=lambda b: b.append("logging", id="x")
    )
    bare = host.create_engine_factory(standing=False).plan()

    assert plan.merge_layers == [
        {"layer": "schema-defaults", "applied": True, "details": ""},
        {"layer": "profile", "applied": True, "details": "profile r/default"},
        {"layer": "config-file", "applied": True, "details": "overrides of geppetto.yaml"},
        {"layer": "environment", "applied": True, "details": "environment"},
        {"layer": "flags", "applied": False, "details": ""},
        {"layer": "request", "applied": True, "details": "request overrides"},
        {"layer": "middleware-patch", "applied": True, "details": "append logging"},
    ]
    assert [row["layer"] for row in bare.merge_layers if row["applied"]] == ["schema-defaults", "profile"]
    assert plan.resolved_runtime["system_prompt"] == "Env."
    assert plan.resolved_runtime["tools"] == ["clock"]
    assert plan.resolved_runtime["middlewares"][-1]["id"] == "x"


def _files(folder: Path) -> dict[str, tuple[int, bytes]]:
    found = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path): (path.stat().st_mtime_ns, path.read_bytes()) for path in found}


def test_planning_does_nothing(host: Host, wire: Any, tmp_path: Path) -> None:
    """No engine and no middleware is built, no connection made, no file written; twice gives the same."""
    before = _files(tmp_path)
    folders = sorted(str(path) for path in tmp_path.rglob("*"))

    with no_network():
        first = host.create_engine_factory().plan()
        second = host.create_engine_factory().plan()

    assert first == second
    assert wire.built == []
    assert _files(tmp_path) == before
    assert sorted(str(path) for path in tmp_path.rglob("*")) == folders


def test_a_plan_is_plain_json_without_secrets(host: Host) -> None:
    """It survives a file, is the same afterwards, and shows no key: neither in itself nor in its repr."""
    plan = host.create_engine_factory().plan()

    text = json.dumps(plan.to_json())

    assert difference(json.loads(text), plan.to_json()) == []
    assert json.loads(text) == plan.to_json()
    assert "canary" not in text + repr(plan)
    assert {row["path"]: row["value"] for row in plan.values}["/settings/api_key"] == "***"


SCRIPT = """
import sys
from geppetto import Host
with Host(plugins=False, env={"GEPPETTO_HOME": sys.argv[1], "GEPPETTO_PROFILE_REGISTRIES": sys.argv[2]}) as host:
    print(host.create_engine_factory(standing=False).plan().runtime_fingerprint)
"""


@pytest.mark.parity(339)
def test_the_fingerprint_is_the_same_in_every_process(hosted: Hosted, tmp_path: Path) -> None:
    """Whatever the seed of Python's hashes."""
    text = (
        TEXT.replace("wire", "echo")
        .replace("name: m,", "name: logging,")
        .replace("{word: x}", "{level: debug}")
    )
    text = "\n".join(line for line in text.splitlines() if "settings: {" not in line)
    here = hosted(text).create_engine_factory(standing=False).plan().runtime_fingerprint

    found = {
        subprocess.check_output(
            [sys.executable, "-c", SCRIPT, str(tmp_path / "home"), str(tmp_path / "registry-0.yaml")],
            text=True,
            env={"PYTHONHASHSEED": seed},
        ).strip()
        for seed in "12"
    }

    assert found == {here}


@pytest.mark.parametrize(
    "given",
    [
        {"request_overrides": {"system_prompt": "x"}},
        {"request_overrides": {"step_settings_patch": {"inference": {"seed": 8}}}},
        {"middleware_patch": [{"op": "disable", "target": "m"}]},
        {"middleware_patch": [{"op": "configure", "target": "m", "config": {"times": 2}}]},
    ],
)
def test_the_fingerprint_changes_with_what_decides_the_run(host: Host, given: dict[str, Any]) -> None:
    """An override, a patch; not with a key, which is no part of how a run goes."""
    factory = host.create_engine_factory()
    plain = factory.plan().runtime_fingerprint

    assert factory.plan(**given).runtime_fingerprint != plain


def test_another_key_is_the_same_run(hosted: Hosted, middleware: Make) -> None:
    """So that a fingerprint tells nothing about a key."""
    own = {"middleware_definitions": [middleware("m")]}
    one = hosted(TEXT, **own).create_engine_factory().plan()
    other = hosted(TEXT.replace("canary-key", "another-key"), **own).create_engine_factory().plan()

    assert one.runtime_fingerprint == other.runtime_fingerprint


def test_a_chain_says_what_a_person_should_know(hosted: Hosted, middleware: Make) -> None:
    """One that may answer by itself keeps those inside of it from running."""
    host = hosted(TEXT, middleware_definitions=[middleware("m", None, Effects(short_circuits=True))])

    plan = host.create_engine_factory().plan(middleware_patch=[{"op": "append", "use": {"name": "m"}}])

    assert plan.notes == ["m#a may answer by itself; then m do not run"]


def test_a_plan_without_a_profile_needs_the_defaults_only(hosted: Hosted) -> None:
    """An empty profile runs the demo engine with its tools, and says that nobody asked for it."""
    plan = hosted("slug: r\nprofiles: {default: {}}").create_engine_factory().plan()

    assert plan.engine == "demo"
    assert plan.chain == []
    rows = {row["path"]: row["steps"] for row in plan.values}
    assert [step["source"] for step in rows["/tools/names"]] == ["the engine demo"]
