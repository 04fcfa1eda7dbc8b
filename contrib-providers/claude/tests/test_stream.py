"""Events of a message become events and blocks of ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from geppetto.engine import Reply
from geppetto.errors import GeppettoError, ProviderError, TransportError
from geppetto.events import Citations, ProviderCallMetadata
from geppetto.testing import RecordingPort
from geppetto.turns import BlockKind

Read = Callable[..., Reply]
START = {"type": "message_start", "message": {"id": "m1", "model": "claude-x", "usage": {"input_tokens": 9, "cache_read_input_tokens": 4, "output_tokens": 1}}}  # fmt: skip
STOP = {"type": "message_stop"}


def _begin(index: int, **item: Any) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": item}


def _delta(index: int, kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": kind, **fields}}


def _end(index: int) -> dict[str, Any]:
    return {"type": "content_block_stop", "index": index}


def _over(word: str = "end_turn", **usage: Any) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": word}, "usage": usage}


def test_counts_are_cumulative(read: Read) -> None:
    """The last word on each count; what a later event leaves out or says as null stays."""
    reply = read(
        START,
        _over("end_turn", output_tokens=5, input_tokens=12, cache_read_input_tokens=None),
        _over("end_turn", output_tokens=8, output_tokens_details={"thinking_tokens": 3}),
        STOP,
    )

    usage = reply.result.usage
    assert usage is not None
    assert (usage.input_uncached, usage.cache_read, usage.cache_write) == (12, 4, None)
    assert (usage.output_text, usage.reasoning, usage.total) == (5, 3, None)
    assert usage.raw is not None
    assert usage.raw["output_tokens"] == 8


def test_interleaved_blocks_stay_apart(read: Read) -> None:
    """Each delta goes to the block of its index; a call without input has none."""
    reply = read(
        START,
        _begin(0, type="tool_use", id="a", name="one", input={}),
        _begin(1, type="tool_use", id="b", name="two", input={}),
        _delta(1, "input_json_delta", partial_json='{"y":'),
        _delta(0, "input_json_delta", partial_json=""),
        _delta(1, "input_json_delta", partial_json="2}"),
        _end(0),
        _end(1),
        _over("tool_use"),
        STOP,
    )

    assert [(found.payload["name"], found.payload["args"]) for found in reply.blocks()] == [
        ("one", {}),
        ("two", {"y": 2}),
    ]
    assert reply.result.finish_class == "tool_calls_pending"


def test_a_message_start_that_comes_again_says_nothing_new(read: Read) -> None:
    """At the beginning or in the middle: nothing is lost, nothing counted twice, no id replaced."""
    again = {
        "type": "message_start",
        "message": {"id": "m2", "model": "other", "usage": {"output_tokens": 2}},
    }
    reply = read(START, again, _begin(0, type="text", text=""), _delta(0, "text_delta", text="He"), again,
                 _delta(0, "text_delta", text="llo"), _end(0), _over(output_tokens=3), STOP)  # fmt: skip

    assert [found.text for found in reply.blocks()] == ["Hello"]
    assert (reply.result.response_id, reply.result.model) == ("m1", "claude-x")


def test_what_has_no_kind_of_its_own_is_kept_whole(read: Read) -> None:
    """Tools of the vendor with their streamed input, their results, blocks and deltas that are new."""
    reply = read(
        START,
        _begin(0, type="server_tool_use", id="s1", name="web_search", input={}),
        _delta(0, "input_json_delta", partial_json='{"query": "rain"}'),
        _end(0),
        _begin(1, type="web_search_tool_result", tool_use_id="s1", content=[{"encrypted_content": "E"}]),
        _end(1),
        _begin(2, type="compaction", content=""),
        _delta(2, "compaction_delta", content="so "),
        _delta(2, "compaction_delta", content="far", extra={"a": 1}),
        _end(2),
        _over(),
        STOP,
    )

    kept = [found.payload["opaque"]["item"] for found in reply.blocks()]
    assert [found.kind for found in reply.blocks()] == [BlockKind.OTHER] * 3
    assert kept == [
        {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {"query": "rain"}},
        {"type": "web_search_tool_result", "tool_use_id": "s1", "content": [{"encrypted_content": "E"}]},
        {"type": "compaction", "content": "so far", "extra": {"a": 1}},
    ]


def test_citations(read: Read, port: RecordingPort) -> None:
    """They are told when they come, stand on their text, and the text goes back with them."""
    one, two = {"type": "char_location", "cited_text": "a"}, {"type": "char_location", "cited_text": "b"}
    reply = read(
        START,
        _begin(0, type="text", text="", citations=[]),
        _delta(0, "citations_delta", citation=one),
        _delta(0, "text_delta", text="It rains"),
        _delta(0, "citations_delta", citation=two),
        _end(0),
        _begin(1, type="text", text=""),
        _delta(1, "text_delta", text=" today."),
        _end(1),
        _over(),
        STOP,
    )

    first, second = reply.blocks()
    assert first.payload["citations"] == [one, two]
    assert first.payload["opaque"]["item"] == {"type": "text", "text": "It rains", "citations": [one, two]}
    assert "opaque" not in second.payload
    assert [event.items for event in port.events if isinstance(event, Citations)] == [[one], [two]]


def test_thinking_is_kept_to_the_letter(read: Read) -> None:
    """Several blocks stay several, each with its own signature; a hidden one has no text."""
    reply = read(
        START,
        _begin(0, type="thinking", thinking="", signature=""),
        _delta(0, "thinking_delta", thinking="one"),
        _delta(0, "signature_delta", signature="S1"),
        _end(0),
        _begin(1, type="thinking", thinking="", signature=""),
        _delta(1, "signature_delta", signature="S2"),
        _end(1),
        _begin(2, type="redacted_thinking", data="D"),
        _end(2),
        _over(),
        STOP,
    )

    assert [(found.kind, found.text) for found in reply.blocks()] == [
        (BlockKind.REASONING, "one"),
        (BlockKind.REASONING, ""),
        (BlockKind.REASONING, ""),
    ]
    assert [found.payload["opaque"]["item"] for found in reply.blocks()] == [
        {"type": "thinking", "thinking": "one", "signature": "S1"},
        {"type": "thinking", "thinking": "", "signature": "S2"},
        {"type": "redacted_thinking", "data": "D"},
    ]


def test_what_is_new_is_ignored_or_kept(read: Read) -> None:
    """Pings, unknown events, padding behind the JSON."""
    reply = read(
        START, {"type": "ping"}, {"type": "something_new", "x": 1}, json.dumps(STOP) + "          ", _over()
    )

    assert reply.blocks() == []


def test_a_stream_without_its_end_is_an_error(read: Read) -> None:
    """Also when the reason was told; and an end without a beginning is none."""
    for events in ([START], [START, _over()], [STOP], []):
        with pytest.raises(TransportError) as caught:
            read(*events)
        assert caught.value.code == "STREAM_TRUNCATED"


@pytest.mark.parametrize(
    ("error", "code", "retryable"),
    [
        ({"type": "overloaded_error", "message": "busy"}, "PROVIDER_OVERLOADED", True),
        ({"type": "api_error", "message": "broken"}, "PROVIDER_UNAVAILABLE", True),
        ({"type": "invalid_request_error", "message": "what"}, "INVALID_REQUEST", False),
    ],
)
def test_an_error_in_a_stream(read: Read, error: dict[str, str], code: str, retryable: bool) -> None:
    """It has the meaning that it has as an answer."""
    with pytest.raises(ProviderError) as caught:
        read(START, {"type": "error", "error": error})

    assert (caught.value.code, caught.value.retryable) == (code, retryable)


@pytest.mark.parametrize(
    ("word", "finish"),
    [
        ("end_turn", "completed"), ("stop_sequence", "stop_sequence"), ("max_tokens", "max_tokens"),
        ("model_context_window_exceeded", "max_tokens"), ("pause_turn", "interrupted"), ("refusal", "refused"),
        ("new_word", "unknown"),
    ],
)  # fmt: skip
def test_why_it_ended(read: Read, port: RecordingPort, word: str, finish: str) -> None:
    """The vendor's word is kept; what it says besides is told."""
    over = {
        "type": "message_delta",
        "delta": {"stop_reason": word, "stop_sequence": "END", "stop_details": {"category": "x"}},
    }

    reply = read(START, _begin(0, type="text", text="a"), _end(0), over, STOP)

    assert (reply.result.stop_reason, reply.result.finish_class) == (word, finish)
    told = {
        name: value
        for event in port.events
        if isinstance(event, ProviderCallMetadata)
        for name, value in event.metadata.items()
    }
    assert told["stop_sequence"] == "END"
    assert told["stop_details"] == {"category": "x"}
    assert reply.blocks()[0].payload.get("refusal") == (True if word == "refusal" else None)


def test_a_whole_body_is_the_same_as_its_stream(read: Read) -> None:
    """Text, thinking, calls with what belongs to them, tools of the vendor."""
    content = [
        {"type": "thinking", "thinking": "hm", "signature": "S"},
        {"type": "text", "text": "Hello"},
        {"type": "tool_use", "id": "a", "name": "w_x", "input": {"n": 1.5}, "caller": {"type": "direct"}},
        {"type": "web_fetch_tool_result", "tool_use_id": "s", "content": {"x": [1]}},
    ]
    body = {
        "id": "m1",
        "model": "claude-x",
        "content": content,
        "stop_reason": "tool_use",
        "usage": {"input_tokens": 1, "output_tokens": 2},
    }

    reply = read(body=body, names=["w.x"])

    assert [found.kind.value for found in reply.blocks()] == ["reasoning", "llm_text", "tool_call", "other"]
    call = reply.blocks()[2].payload
    assert (call["id"], call["name"], call["args"]) == ("a", "w.x", {"n": 1.5})
    assert call["opaque"]["item"] == {"caller": {"type": "direct"}}
    assert reply.result.finish_class == "tool_calls_pending"


@pytest.mark.parametrize(
    "body",
    [None, [], "x", {}, {"content": None}, {"type": "error", "error": {"type": "api_error", "message": "m"}}],
)
def test_a_body_that_is_no_message(read: Read, body: Any) -> None:
    """A clear error."""
    with pytest.raises(GeppettoError):
        read(body=body if body is not None else "null")
