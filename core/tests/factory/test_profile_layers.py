"""A profile becomes layers: one document for each profile of its stack, each value with its file and line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.config import Layer
from geppetto.errors import ConfigError
from geppetto.factory.profile_layers import profile_layers

Hosted = Callable[..., Host]

BASE = """slug: base
profiles:
  default:
    runtime:
      step_settings_patch:
        ai-chat:
          ai-api-type: wire
          ai-engine: small
          ai-temperature: 0.2
        inference: {seed: 7}
      system_prompt: Base.
      tools: [calculator]
      middlewares:
        - name: logging
          id: a
          config:
            level: debug
    policy: {allow_overrides: true}
    extensions:
      acme.note@v1: {word: base, more: 1}
"""
TOP = """slug: top
profiles:
  default:
    stack: [{registry_slug: base, profile_slug: default}]
    runtime:
      step_settings_patch:
        settings:
          temperature: 0.9
          extra_headers: {X-A: top}
      system_prompt: Top.
      middlewares: [{name: reorderToolResults}]
    extensions:
      acme.note@v1: {word: top}
"""


def _rows(host: Host, **given: Any) -> dict[str, list[tuple[str, Any, str]]]:
    plan = host.create_engine_factory(standing=False).plan(**given)
    return {
        row["path"]: [(step["layer"], step["value"], step["place"]) for step in row["steps"]]
        for row in plan.values
    }


@pytest.mark.parity(332, 333, 337, 339)
def test_every_value_says_where_it_is_from(hosted: Hosted, tmp_path: Path) -> None:
    """File and line of each profile of the stack, base first, whatever root the value belongs to."""
    rows = _rows(hosted(BASE, TOP), registry="top")
    base, top = (
        f"profile base/default ({tmp_path}/registry-0.yaml",
        f"profile top/default ({tmp_path}/registry-1.yaml",
    )

    assert rows["/engine"] == [("profile", "wire", f"{base}:7)")]
    assert rows["/settings/model"] == [("profile", "small", f"{base}:8)")]
    assert rows["/settings/temperature"] == [
        ("schema-defaults", 1.0, "schema"),
        ("profile", 0.2, f"{base}:9)"),
        ("profile", 0.9, f"{top}:8)"),
    ]
    assert rows["/inference/seed"] == [("profile", 7, f"{base}:10)")]
    assert rows["/system_prompt"] == [("profile", "Base.", f"{base}:11)"), ("profile", "Top.", f"{top}:10)")]
    assert rows["/tools/names"] == [("profile", ["calculator"], f"{base}:12)")]
    assert rows["/middlewares/logging#a/level"][-1] == ("profile", "debug", f"{base}:17)")
    assert rows["/extensions/acme.note@v1/word"] == [
        ("profile", "base", f"{base}:20)"),
        ("profile", "top", f"{top}:13)"),
    ]


@pytest.mark.parity(317, 334)
def test_overrides_are_a_layer_above_the_profile(hosted: Hosted) -> None:
    """They change what the policy allows and say so."""
    rows = _rows(
        hosted(BASE, TOP),
        request_overrides={
            "systemPrompt": "Mine.",
            "tools": [],
            "step_settings_patch": {"settings": {"temperature": 0.1}},
            "middlewares": [{"name": "logging", "config": {"level": "warning"}}],
        },
    )

    assert rows["/settings/temperature"][-1] == ("request", 0.1, "request overrides")
    assert rows["/system_prompt"][-1] == ("request", "Mine.", "request overrides")
    assert rows["/tools/names"][-1] == ("request", [], "request overrides")
    assert rows["/middlewares/logging/level"][-1] == ("request", "warning", "request overrides")
    assert "/middlewares/logging#a/level" not in rows


def test_an_override_can_take_the_tools_back(hosted: Hosted) -> None:
    """Null is a value here: the plan says what resolving the profile says, that nobody names any tools."""
    host, overrides = hosted(BASE, TOP), {"tools": None}

    plan = host.create_engine_factory(standing=False).plan(request_overrides=overrides)

    assert host.resolve_profile(overrides=overrides).runtime.tools is None
    assert plan.to_json()["tools"] == []
    assert _rows(host, request_overrides=overrides)["/tools/names"][-1] == (
        "request",
        None,
        "request overrides",
    )


@pytest.mark.parametrize("prompt", ["", None])
def test_an_override_can_take_the_system_prompt_away(hosted: Hosted, prompt: str | None) -> None:
    """An empty text is a value: the run has no system prompt."""
    host = hosted(BASE, TOP)
    factory = host.create_engine_factory(standing=False)

    plan = factory.plan(request_overrides={"system_prompt": prompt})
    completed = factory.create_session(request_overrides={"system_prompt": prompt}).run("hi")

    assert plan.resolved_runtime["system_prompt"] == ""
    assert [found.kind.value for found in completed.blocks] == ["user", "llm_text"]


@pytest.mark.parametrize(
    ("base", "top"),
    [
        ("settings: {temperature: 0.2}", "ai-chat: {ai-temperature: 0.9}"),
        ("ai-chat: {ai-temperature: 0.2}", "settings: {temperature: 0.9}"),
    ],
)
def test_the_higher_layer_wins_whatever_section_it_writes(hosted: Hosted, base: str, top: str) -> None:
    """A setting has one meaning in our own words and in those of Go profiles; a request's override is above both."""
    text = "slug: {}\nprofiles: {{default: {{stack: {}, policy: {{allow_overrides: true}}, runtime: {{step_settings_patch: {{{}}}}}}}}}\n"
    host = hosted(
        text.format("low", "[]", f"engine: {{name: wire}}, {base}"),
        text.format("top", "[{registry_slug: low, profile_slug: default}]", top),
    )
    section, _, fields = base.replace("0.2", "0.5").partition(": ")
    name, _, value = fields.strip("{}").partition(": ")
    override = {"step_settings_patch": {section: {name: float(value)}}}

    plain, changed = _rows(host), _rows(host, request_overrides=override)

    assert [value for _, value, _ in plain["/settings/temperature"]] == [1.0, 0.2, 0.9]
    assert [value for _, value, _ in changed["/settings/temperature"]] == [1.0, 0.2, 0.9, 0.5]


@pytest.mark.parametrize(
    ("line", "place", "guess"),
    [
        ("        settings: {temprature: 0.1}", "registry-1.yaml:7", "did you mean temperature?"),
        ("        inference: {sede: 1}", "registry-1.yaml:7", "did you mean seed?"),
    ],
)
def test_an_unknown_key_is_named_with_its_place(hosted: Hosted, line: str, place: str, guess: str) -> None:
    """The profile, its file and line, and the nearest that exists."""
    text = "slug: top\nprofiles:\n  default:\n    stack: [{registry_slug: base, profile_slug: default}]\n    runtime:\n"
    host = hosted(BASE, f"{text}      step_settings_patch:\n{line}\n")

    with pytest.raises(ConfigError) as caught:
        host.create_engine_factory(standing=False).plan()

    assert caught.value.code == "UNKNOWN_KEY"
    assert place in str(caught.value)
    assert guess in str(caught.value)


@pytest.mark.parity(347, 354)
def test_a_middlewares_config_that_does_not_fit_is_named_with_its_place(
    hosted: Hosted, tmp_path: Path
) -> None:
    """Middleware, path, what is wanted, and the line in the registry's file; from `create_session` as from `plan`."""
    factory = hosted(BASE.replace("level: debug", "level: loud"), TOP).create_engine_factory(standing=False)

    for call in (factory.plan, factory.create_session):
        with pytest.raises(ConfigError) as caught:
            call()
        assert caught.value.code == "SCHEMA_VALIDATION_FAILED"
        assert caught.value.details["middleware"] == "logging#a"
        assert caught.value.subject == "/level"
        assert "'loud' is not one of ['debug', 'info', 'warning']" in str(caught.value)
        assert f"{tmp_path}/registry-0.yaml:17" in str(caught.value)


def test_what_means_nothing_to_the_engine_is_noted(hosted: Hosted) -> None:
    """A Go profile's section for another vendor is no error."""
    host = hosted(BASE.replace("ai-engine: small", "ai-engine: small\n          ai-cache: 1"), TOP)

    plan = host.create_engine_factory(standing=False).plan()

    assert plan.notes == ["profile default: ai-chat.ai-cache means nothing to the engine wire"]


def test_instances_of_an_extension_configure_uses(hosted: Hosted) -> None:
    """`middleware.<name>_config@v1` holds configs by id, by place, or for all."""
    text = """slug: r
profiles:
  default:
    runtime:
      middlewares: [{name: logging, id: a}, {name: logging}, {name: logging}]
    extensions:
      middleware.logging_config@v1:
        instances:
          id:a: {level: debug}
          index:1: {level: warning}
          default: {logger: mine}
"""
    plan = hosted(text).create_engine_factory(standing=False).plan()

    assert [row["config"] for row in plan.chain] == [
        {"level": "debug", "logger": "geppetto.inference"},
        {"level": "warning", "logger": "geppetto.inference"},
        {"level": "info", "logger": "mine"},
    ]


def test_instances_are_found_under_every_spelling_of_the_name(hosted: Hosted, tmp_path: Path) -> None:
    """A use `reorder-tool-results`, or `systemprompt`, is the middleware all the same; the value has its line."""
    text = """slug: r
profiles:
  default:
    runtime:
      middlewares: [{name: system_prompt, id: a}]
    extensions:
      middleware.systemprompt_config@v1:
        instances:
          id:a:
            prompt: Hello.
"""
    plan = hosted(text).create_engine_factory(standing=False).plan()

    assert plan.chain[0]["config"] == {"prompt": "Hello."}
    (row,) = [row for row in plan.values if row["path"] == "/middlewares/system_prompt#a/prompt"]
    assert row["steps"][-1]["place"] == f"profile r/default ({tmp_path}/registry-0.yaml:10)"


def test_the_layers_of_a_profile_are_documents(hosted: Hosted) -> None:
    """One for each profile that says something, all of the layer `profile`; the deadline is read as seconds."""
    host = hosted(BASE.replace("inference: {seed: 7}", "ai-client: {timeout: 3}"), TOP)

    found = profile_layers(host.profiles.resolve())

    assert [(each.name, each.layer) for each in found.documents] == [
        ("profile base/default", Layer.PROFILE),
        ("profile top/default", Layer.PROFILE),
    ]
    assert [(use.name, use.id, use.origin) for use in found.uses] == [
        ("logging", "a", "profile base/default"),
        ("reorderToolResults", "", "profile top/default"),
    ]
    assert found.document.timeout == 3.0
