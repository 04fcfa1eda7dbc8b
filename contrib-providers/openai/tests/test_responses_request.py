"""Requests of the Responses API: settings, items, what goes back and what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from geppetto.engine import InferenceConfig, Reply, ToolConfig
from geppetto.errors import EncodeError, InvalidOption
from geppetto.testing import run_context
from geppetto.tooling import ToolDefinition, ToolNames
from geppetto.turns import Turn, block, turn
from geppetto_provider_openai.origin import responses_origin
from geppetto_provider_openai.responses.request import build_request
from geppetto_provider_openai.responses.settings import ResponsesSettings
from geppetto_provider_openai.responses.stream import Reducer

REASONING = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"}
CALL = {
    "id": "fc_1",
    "type": "function_call",
    "call_id": "c1",
    "name": "add",
    "arguments": '{"a":  1}',
    "status": "completed",
}
MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "phase": "commentary", "status": "completed",
    "content": [{"type": "output_text", "text": "Hello", "annotations": []}],
}  # fmt: skip
ADD = ToolDefinition("add", "Add.", {"type": "object", "properties": {}}, lambda a, c: None)


def _body(
    given: Turn,
    config: InferenceConfig | None = None,
    tools: tuple[ToolDefinition, ...] = (),
    **settings: Any,
) -> dict[str, Any]:
    tool_config = settings.pop("tool_config", ToolConfig())
    made = ResponsesSettings(**{"model": "m", **settings})
    return build_request(given, config or InferenceConfig(), tools, tool_config, made).body


def _replied(*items: dict[str, Any], model: str = "m") -> Turn:
    """Return a turn as the engine completes it, with the calls answered."""
    reply = Reply(run_context(), provider="openai-responses", model=model)
    reducer = Reducer(
        reply, names=ToolNames(["add"]), origin=responses_origin("https://api.openai.com/v1", model)
    )
    reducer.whole({"status": "completed", "output": list(items)})
    reducer.finish()
    completed = reply.extend(turn().user("hi").build())
    for found in completed.of_kind("tool_call"):
        completed.append(block.tool_use(found.payload["id"], 2))
    return completed


def test_a_reply_goes_back_as_it_came() -> None:
    """Reasoning, phase, ids and the spacing of arguments are those of the vendor, in its order."""
    body = _body(_replied(REASONING, MESSAGE, CALL))

    assert [json.dumps(item) for item in body["input"][1:4]] == [
        json.dumps(item) for item in (REASONING, MESSAGE, CALL)
    ]
    assert body["input"][4] == {"type": "function_call_output", "call_id": "c1", "output": "2"}
    assert body["store"] is False
    assert body["include"] == ["reasoning.encrypted_content"]


def test_edited_text_goes_without_its_reasoning_and_id() -> None:
    """A message that a middleware changed is written anew; the reasoning it came with is dropped."""
    given = _replied(REASONING, MESSAGE)
    given.blocks[2] = given.blocks[2].replace(payload={**given.blocks[2].payload, "text": "Hi"})

    assert _body(given)["input"][1:] == [{"role": "assistant", "content": "Hi"}]


@pytest.mark.parametrize("change", [{"model": "m-2"}, {"base_url": "https://elsewhere.example/v1"}])
def test_what_belongs_elsewhere_is_dropped_and_its_meaning_kept(change: dict[str, Any]) -> None:
    """Another model or host gets texts and calls, no foreign reasoning or ids."""
    body = _body(_replied(REASONING, {"type": "web_search_call", "id": "ws"}, CALL), **change)

    assert [item.get("type") for item in body["input"][1:]] == ["function_call", "function_call_output"]
    assert "id" not in body["input"][1]


def test_reasoning_without_its_content_goes_back_only_when_the_vendor_keeps_it() -> None:
    """Without encrypted content the vendor would not find the item; the call then goes without its id."""
    bare = {"id": "rs_1", "type": "reasoning", "summary": []}

    forgotten, kept = _body(_replied(bare, CALL)), _body(_replied(bare, CALL), store=True)

    assert [item["type"] for item in forgotten["input"][1:]] == ["function_call", "function_call_output"]
    assert "id" not in forgotten["input"][1]
    assert kept["input"][1] == bare
    assert kept["input"][2]["id"] == "fc_1"


def test_an_id_that_is_too_long_is_left_out() -> None:
    """The vendor takes ids of at most 64 characters."""
    assert "id" not in _body(_replied({**MESSAGE, "id": "x" * 65}))["input"][1]


def test_the_turn_becomes_instructions_and_items() -> None:
    """A leading system block is the instructions, later ones are items; parts become input parts."""
    given = (
        turn()
        .system("be brief")
        .user(
            "look",
            block.image("https://e.org/a.png"),
            {"type": "document", "data": "QQ==", "media_type": "application/pdf"},
        )
        .assistant("ok")
        .system("be kind")
        .user("and?")
        .build()
    )

    body = _body(given)

    assert body["instructions"] == "be brief"
    assert [item.get("role") for item in body["input"]] == ["user", "assistant", "developer", "user"]
    assert [part["type"] for part in body["input"][0]["content"]] == [
        "input_text",
        "input_image",
        "input_file",
    ]


def test_settings_stand_where_the_api_wants_them() -> None:
    """Run options win over settings; nested fields are nested."""
    config = InferenceConfig(
        temperature=0.5, reasoning_effort="low", response_format={"type": "object", "title": "A b"}
    )

    body = _body(turn().user("x").build(), config, temperature=1.0, reasoning_summary="auto", verbosity="low")

    assert body["temperature"] == 0.5
    assert body["reasoning"] == {"effort": "low", "summary": "auto"}
    assert body["text"]["verbosity"] == "low"
    assert body["text"]["format"] == {
        "type": "json_schema",
        "name": "A_b",
        "schema": {"type": "object", "title": "A b"},
        "strict": False,
    }


def test_tools_are_flat_with_an_explicit_strict_beside_the_vendors_own() -> None:
    """The choice may be a tool's name; without tools neither field is sent."""
    body = _body(
        turn().user("x").build(),
        None,
        (ADD,),
        server_tools=[{"type": "web_search"}],
        tool_config=ToolConfig(tool_choice="add"),
    )

    assert body["tools"][0] == {
        "type": "function",
        "name": "add",
        "description": "Add.",
        "parameters": {"type": "object", "properties": {}},
        "strict": False,
    }
    assert body["tools"][1] == {"type": "web_search"}
    assert body["tool_choice"] == {"type": "function", "name": "add"}
    assert "tools" not in _body(turn().user("x").build())


@pytest.mark.parametrize(
    "config",
    [
        InferenceConfig(stop=["x"]),
        InferenceConfig(seed=1),
        InferenceConfig(reasoning_budget=1),
        InferenceConfig(extra={"messages": []}),
    ],
)
def test_what_this_api_does_not_have_is_refused(config: InferenceConfig) -> None:
    """Nothing is dropped in silence; clearing the stop texts is no request."""
    with pytest.raises(InvalidOption) as caught:
        _body(turn().user("x").build(), config)

    assert caught.value.code == "UNSUPPORTED_SETTING"
    assert _body(turn().user("x").build(), InferenceConfig(stop=[]))["model"] == "m"


def test_an_open_call_is_refused_before_the_vendor_does() -> None:
    """Every call needs its answer."""
    with pytest.raises(EncodeError, match="tool calls without a result: c1"):
        _body(turn().user("x").tool_call("add", id="c1").build())
