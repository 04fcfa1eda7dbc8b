"""A turn as messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from geppetto.errors import EncodeError
from geppetto.turns import Block, BlockKind, block
from geppetto_provider_claude.origin import messages_origin
from geppetto_provider_claude.request import Request

Ask = Callable[..., Request]
BASE = "https://api.anthropic.com"
ORIGIN = messages_origin(BASE, "claude-sonnet-4-5")


def _thought(text: str, **item: Any) -> Block:
    kept = {"type": "thinking", "thinking": text, "signature": "S==", **item}
    return block.reasoning(text, opaque=ORIGIN.tagged(item=kept))


def _shape(body: dict[str, Any]) -> list[tuple[str, list[str]]]:
    return [(message["role"], [item["type"] for item in message["content"]]) for message in body["messages"]]


def test_roles_alternate_and_answers_stand_first(ask: Ask) -> None:
    """All answers of a reply in one message, in the order of its calls, then what the user says."""
    body = ask(
        block.user("both"),
        block.user("please"),
        _thought("hm"),
        block.assistant("Looking."),
        block.tool_call("a", {"x": 1}, id="c1"),
        block.tool_call("b", {}, id="c2"),
        block.tool_use("c2", "two"),
        block.tool_use("c1", error="no such city"),
        block.user("well?"),
    ).body

    assert _shape(body) == [
        ("user", ["text", "text"]),
        ("assistant", ["thinking", "text", "tool_use", "tool_use"]),
        ("user", ["tool_result", "tool_result", "text"]),
    ]
    assert body["messages"][2]["content"][:2] == [
        {"type": "tool_result", "tool_use_id": "c1", "content": "no such city", "is_error": True},
        {"type": "tool_result", "tool_use_id": "c2", "content": "two"},
    ]


def test_ids_become_legal_and_stay_apart(ask: Ask) -> None:
    """The call and its answer get the same one; two that would become equal do not."""
    blocks = [block.user("hi")]
    for call in ("call:1", "call|1", "call_1"):
        blocks += [block.tool_call("a", {}, id=call), block.tool_use(call, call)]
    content = [item for message in ask(*blocks).body["messages"] for item in message["content"]]

    calls = [item["id"] for item in content if item["type"] == "tool_use"]
    assert len(set(calls)) == 3
    assert all(set(call) <= set("call_1") for call in calls)
    answers = {item["tool_use_id"]: item["content"] for item in content if item["type"] == "tool_result"}
    assert list(answers) == calls
    assert list(answers.values()) == ["call:1", "call|1", "call_1"]


@pytest.mark.parametrize(
    ("args", "sent"),
    [
        ({}, {}),
        (None, {}),
        ("", {}),
        ({"a": [1]}, {"a": [1]}),
        ("{bro", {"unreadable": "{bro"}),
        ([1], {"unreadable": [1]}),
    ],
)
def test_arguments_are_an_object(ask: Ask, args: Any, sent: Any) -> None:
    """What the model wrote and is none is shown to it."""
    call = block.tool_call("a", {}, id="c").replace(payload={"id": "c", "name": "a", "args": args})

    body = ask(block.user("hi"), call, block.tool_use("c", 1)).body

    assert body["messages"][1]["content"][0]["input"] == sent


@pytest.mark.parametrize(("model", "stays"), [("claude-sonnet-4-5", False), ("claude-opus-4-8", True)])
def test_system_text_in_the_middle(ask: Ask, model: str, stays: bool) -> None:
    """It stays where the model takes it, else it joins the other system text."""
    body = ask(
        block.system("One."), block.user("hi"), block.system("Two."), block.user("go"), model=model
    ).body

    texts = [item["text"] for item in body["system"]]
    assert texts == (["One."] if stays else ["One.", "Two."])
    assert [message["role"] for message in body["messages"]] == (
        ["user", "system", "user"] if stays else ["user"]
    )


def test_blank_texts_are_never_sent(ask: Ask) -> None:
    """Nor is a turn without anything."""
    body = ask(
        block.system(" "), block.user(""), block.user("hi"), block.assistant(" \n"), block.user(" ")
    ).body

    assert _shape(body) == [("user", ["text"])]
    assert "system" not in body
    with pytest.raises(EncodeError, match="nothing to send"):
        ask(block.user(" "))


def test_thinking_goes_back_to_the_letter(ask: Ask) -> None:
    """In its place and with whatever it came with, shown or not."""
    hidden = block.reasoning("", opaque=ORIGIN.tagged(item={"type": "redacted_thinking", "data": "D=="}))
    omitted = _thought("", future={"a": 1})

    request = ask(block.user("hi"), hidden, omitted, block.assistant("a"), model="claude-sonnet-4-5-20250929")

    assert request.body["messages"][1]["content"][:2] == [
        {"type": "redacted_thinking", "data": "D=="},
        {"type": "thinking", "thinking": "", "signature": "S==", "future": {"a": 1}},
    ]
    assert request.dropped_blocks == ()


def test_thinking_that_was_edited_or_is_anothers_is_left_out(ask: Ask) -> None:
    """Never blanked, never faked; the request says which blocks."""
    edited = _thought("hm").replace(id="e", payload={**_thought("hm").payload, "text": "changed"})
    other = messages_origin(BASE, "claude-opus-5").tagged(
        item={"type": "thinking", "thinking": "x", "signature": "S"}
    )
    foreign = Block(BlockKind.REASONING, {"text": "x", "opaque": other}, id="f")
    bare = Block(BlockKind.REASONING, {"text": "x"}, id="b")
    tool = Block(BlockKind.OTHER, {"opaque": other}, id="t")

    request = ask(block.user("hi"), edited, foreign, bare, tool, block.assistant("a"))

    assert request.dropped_blocks == ("e", "f", "b", "t")
    assert _shape(request.body) == [("user", ["text"]), ("assistant", ["text"])]


def test_a_refused_reply_is_not_sent_back(ask: Ask) -> None:
    """The vendor wants it out of the conversation."""
    refused = Block(BlockKind.LLM_TEXT, {"text": "First you", "refusal": True}, id="r", role="assistant")

    request = ask(block.user("hi"), refused, block.user("something else"))

    assert request.dropped_blocks == ("r",)
    assert _shape(request.body) == [("user", ["text", "text"])]


def test_a_prefill_ends_without_blanks(ask: Ask) -> None:
    """The reply that the model is to go on with; only there, and only at its end."""
    body = ask(block.user("hi"), block.assistant("one "), block.user("go"), block.assistant(" {\n")).body

    assert body["messages"][1]["content"][0]["text"] == "one "
    assert body["messages"][3]["content"][0]["text"] == " {"


def test_cited_text_goes_back_whole_until_it_is_edited(ask: Ask) -> None:
    """Edited, it is text of ours."""
    item = {
        "type": "text",
        "text": "It rains.",
        "citations": [{"type": "char_location", "cited_text": "rain"}],
    }
    cited = Block(
        BlockKind.LLM_TEXT, {"text": "It rains.", "opaque": ORIGIN.tagged(item=item)}, role="assistant"
    )
    edited = cited.replace(payload={**cited.payload, "text": "It pours."})

    kept, changed = (
        ask(block.user("hi"), found, block.user("go")).body["messages"][1] for found in (cited, edited)
    )

    assert kept["content"] == [item]
    assert changed["content"] == [{"type": "text", "text": "It pours."}]
