"""Settings, thinking, tools, formats and caching, as they stand in a request."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from geppetto.engine import ToolConfig
from geppetto.errors import EncodeError, InvalidOption
from geppetto.tooling import ToolDefinition
from geppetto.turns import block
from geppetto_provider_claude.request import Request

Ask = Callable[..., Request]


CLOSED = {
    "type": "object",
    "properties": {"a": {"type": "integer"}},
    "required": ["a"],
    "additionalProperties": False,
}


def tool(name: str, **fields: Any) -> ToolDefinition:
    """Make a tool that repeats its arguments."""
    schema = {"type": "object", "properties": {"x": {"type": "integer"}}}
    return ToolDefinition(name, "Does it.", schema, lambda arguments, _ctx: arguments, **fields)


def test_the_least_request(ask: Ask) -> None:
    """Model, limit, messages, and whether to stream."""
    assert ask(block.user("hi")).body == {
        "model": "claude-sonnet-4-5",
        "max_tokens": 4096,
        "messages": [{"role": "user", "content": [{"type": "text", "text": "hi"}]}],
        "stream": True,
    }


def test_every_setting_has_its_place(ask: Ask) -> None:
    """A run's option goes before a setting; an empty list of stop texts is none."""
    body = ask(
        run={"max_output_tokens": 9, "temperature": 0.5, "stop": ["END"], "stream": False},
        max_output_tokens=5, top_k=3, service_tier="auto", inference_geo="us", speed="fast", user="u1", container="c1",
        context_management={"edits": []}, mcp_servers=[{"type": "url", "url": "https://mcp.example", "name": "m"}],
        extra_body={"future": 1},
    ).body  # fmt: skip

    assert {name: body[name] for name in body if name not in {"model", "messages"}} == {
        "max_tokens": 9, "temperature": 0.5, "stop_sequences": ["END"], "stream": False, "top_k": 3,
        "service_tier": "auto", "inference_geo": "us", "speed": "fast", "metadata": {"user_id": "u1"}, "container": "c1",
        "context_management": {"edits": []}, "mcp_servers": [{"type": "url", "url": "https://mcp.example", "name": "m"}],
        "future": 1,
    }  # fmt: skip
    assert "stop_sequences" not in ask(run={"stop": []}, stop=["END"]).body


def test_a_model_is_needed(ask: Ask) -> None:
    """There is none to fall back to."""
    with pytest.raises(InvalidOption, match="needs a model"):
        ask(model=None)


@pytest.mark.parametrize(
    ("settings", "run", "named"),
    [
        ({}, {"seed": 1}, "seed"),
        ({"api_version": "2026-10-21"}, {"temperature": 1.0}, "temperature"),
        ({"api_version": "2026-10-21", "top_k": 1}, {}, "top_k"),
        ({"model": "claude-3-5-haiku-latest"}, {"reasoning_budget": 2048}, "reasoning_budget"),
        ({"model": "claude-sonnet-4-5"}, {"reasoning_effort": "low"}, "reasoning_effort"),
        ({"model": "claude-opus-4-8"}, {"reasoning_budget": 2048}, "reasoning_budget"),
        ({"model": "claude-opus-5"}, {"temperature": 0.3}, "temperature"),
        ({}, {"reasoning_budget": 2048, "temperature": 0.3}, "temperature"),
        ({"top_p": 0.5}, {"temperature": 0.3}, "top_p"),
    ],
)
def test_what_api_version_or_model_does_not_take(
    ask: Ask, settings: dict[str, Any], run: dict[str, Any], named: str
) -> None:
    """An error that names the setting; left out with a warning, or silently but told, where the profile says so."""
    with pytest.raises(InvalidOption, match=named) as caught:
        ask(run=run, **settings)
    warned, dropped = (ask(run=run, unsupported=policy, **settings) for policy in ("warn", "drop"))

    assert caught.value.code == "UNSUPPORTED_SETTING"
    assert warned.dropped_settings == dropped.dropped_settings == (named,)
    assert [named in warning for warning in warned.warnings] == [True]
    assert dropped.warnings == ()
    assert named not in dropped.body


@pytest.mark.parametrize(
    ("settings", "run", "expected"),
    [
        (
            {},
            {"reasoning_budget": 1024},
            {"thinking": {"type": "enabled", "budget_tokens": 1024}, "max_tokens": 4096},
        ),
        (
            {},
            {"reasoning_budget": 5000},
            {"thinking": {"type": "enabled", "budget_tokens": 5000}, "max_tokens": 9096},
        ),
        ({"thinking": "disabled"}, {}, {"thinking": {"type": "disabled"}, "max_tokens": 4096}),
        (
            {"model": "claude-opus-4-8", "thinking_display": "summarized"},
            {"reasoning_effort": "high"},
            {
                "thinking": {"type": "adaptive", "display": "summarized"},
                "output_config": {"effort": "high"},
                "max_tokens": 4096,
            },
        ),
        (
            {"model": "claude-opus-5", "thinking": "disabled"},
            {"reasoning_effort": "high"},
            {"thinking": {"type": "disabled"}, "output_config": {"effort": "high"}, "max_tokens": 4096},
        ),
    ],
)
def test_thinking(ask: Ask, settings: dict[str, Any], run: dict[str, Any], expected: dict[str, Any]) -> None:
    """By a budget, with room behind it; as the model sees fit, by effort; or not at all."""
    body = ask(run=run, **settings).body

    assert {name: body[name] for name in expected} == expected


@pytest.mark.parametrize(
    ("settings", "run", "problem"),
    [
        ({}, {"reasoning_budget": 100}, "too small"),
        ({"thinking": "enabled"}, {}, "needs a budget"),
        ({"max_output_tokens": 2000}, {"reasoning_budget": 2000}, "no room"),
        ({"thinking": "disabled"}, {"reasoning_budget": 2000}, "takes no budget"),
    ],
)
def test_budgets_that_do_not_fit(
    ask: Ask, settings: dict[str, Any], run: dict[str, Any], problem: str
) -> None:
    """They are refused before the vendor does."""
    with pytest.raises(InvalidOption, match=problem):
        ask(run=run, **settings)


def test_temperature_one_may_stand_beside_thinking(ask: Ask) -> None:
    """It is what thinking samples with."""
    assert ask(run={"reasoning_budget": 2048, "temperature": 1.0}).body["temperature"] == 1.0


@pytest.mark.parametrize(
    ("choice", "parallel", "expected"),
    [
        ("auto", None, {"type": "auto"}),
        ("required", None, {"type": "any"}),
        ("none", False, {"type": "none"}),
        ("a.b", False, {"type": "tool", "name": "a_b", "disable_parallel_tool_use": True}),
    ],
)
def test_the_choice_of_a_tool(ask: Ask, choice: str, parallel: bool | None, expected: dict[str, Any]) -> None:
    """Ours in the vendor's words, names mapped, parallel calls forbidden where asked."""
    body = ask(
        tools=[tool("a.b")], tool_config=ToolConfig(tool_choice=choice), parallel_tool_calls=parallel
    ).body

    assert body["tool_choice"] == expected
    assert body["tools"][0]["name"] == "a_b"


def test_a_thinking_model_cannot_be_made_to_call(ask: Ask) -> None:
    """The vendor refuses it; so do we, in words."""
    with pytest.raises(InvalidOption, match="cannot be made to call"):
        ask(run={"reasoning_budget": 2048}, tools=[tool("a")], tool_config=ToolConfig(tool_choice="required"))


def test_tools_of_both_sides(ask: Ask) -> None:
    """Ours, strict where they are, then the vendor's; a cache mark behind the last; none at all without tools."""
    search = {"type": "web_search_20250305", "name": "web_search"}
    body = ask(tools=[tool("a", strict=True)], server_tools=[search], cache_tools="1h").body

    assert body["tools"] == [
        {
            "name": "a",
            "description": "Does it.",
            "input_schema": {"type": "object", "properties": {"x": {"type": "integer"}}},
            "strict": True,
        },
        {**search, "cache_control": {"type": "ephemeral", "ttl": "1h"}},
    ]
    assert "tools" not in ask(tool_config=ToolConfig(enabled=False), tools=[tool("a")]).body
    assert "tool_choice" not in ask().body


def test_a_schema_of_the_reply(ask: Ask) -> None:
    """Closed and without limits that the API does not know; beside an effort it does not replace it."""
    limited = {**CLOSED, "properties": {"a": {"type": "integer", "minimum": 1}}}
    body = ask(run={"response_format": limited, "reasoning_effort": "low"}, model="claude-opus-5").body

    assert body["output_config"] == {"effort": "low", "format": {"type": "json_schema", "schema": CLOSED}}
    assert "system" not in body


@pytest.mark.parametrize(
    ("model", "wanted"),
    [
        ("claude-3-5-haiku-latest", CLOSED),
        ("claude-sonnet-4-5", {"type": "json"}),
        ("claude-sonnet-4-5", {"type": "object", "oneOf": [CLOSED]}),
    ],
)
def test_where_no_schema_can_be_given_it_is_asked_for_in_words(
    ask: Ask, model: str, wanted: dict[str, Any]
) -> None:
    """Behind the system text that is there."""
    body = ask(block.system("Be brief."), block.user("hi"), run={"response_format": wanted}, model=model).body

    assert "output_config" not in body
    assert body["system"][0] == {"type": "text", "text": "Be brief."}
    assert "one JSON object" in body["system"][1]["text"]
    assert ("Schema" in body["system"][1]["text"]) == (wanted != {"type": "json"})


def test_caching(ask: Ask) -> None:
    """The whole prompt, or single blocks by a mark of their own; at most four marks."""
    marked = [block.user(str(n)).replace(payload={"text": str(n), "cache_control": "5m"}) for n in range(5)]
    four = ask(*marked[:4]).body

    assert ask(cache="1h").body["cache_control"] == {"type": "ephemeral", "ttl": "1h"}
    assert four["messages"][0]["content"][3]["cache_control"] == {"type": "ephemeral", "ttl": "5m"}
    with pytest.raises(EncodeError, match="5 cache breakpoints") as caught:
        ask(*marked)
    assert caught.value.code == "TOO_MANY_BREAKPOINTS"


@pytest.mark.parametrize(
    "name", ["messages", "system", "stream", "max_completion_tokens", "stop", "response_format"]
)
def test_extra_may_not_contradict_the_engine(ask: Ask, name: str) -> None:
    """What the engine decides, or what others call it, is refused with what to use."""
    with pytest.raises(InvalidOption, match=name):
        ask(run={"extra": {name: 1}})
