"""The Responses reducer on streams and bodies of our own."""

from __future__ import annotations

import json
from typing import Any

import pytest
from geppetto.engine import Reply
from geppetto.errors import ProviderError, TransportError
from geppetto.testing import RecordingPort, run_context
from geppetto.tooling import ToolNames
from geppetto.turns import thaw
from geppetto_provider_openai.origin import responses_origin
from geppetto_provider_openai.responses.stream import Reducer, read_usage

USAGE = {
    "input_tokens": 10,
    "input_tokens_details": {"cached_tokens": 4},
    "output_tokens": 6,
    "output_tokens_details": {"reasoning_tokens": 2},
    "total_tokens": 16,
}
REASONING = {
    "id": "rs_1", "type": "reasoning", "encrypted_content": "gAAA",
    "summary": [{"type": "summary_text", "text": "First."}, {"type": "summary_text", "text": "Then."}],
}  # fmt: skip
SEARCH = {
    "id": "ws_1",
    "type": "web_search_call",
    "status": "completed",
    "action": {"type": "search", "query": "x"},
}
MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "phase": "final_answer",
    "content": [{"type": "output_text", "text": "Hello", "annotations": [{"type": "url_citation", "url": "u"}]}],
}  # fmt: skip
CALL = {
    "id": "fc_1", "type": "function_call", "status": "completed",
    "call_id": "call_1", "name": "weather_lookup", "arguments": '{"city": "Ulm"}',
}  # fmt: skip
OUTPUT: list[dict[str, Any]] = [REASONING, SEARCH, MESSAGE, CALL]


def _reducer() -> tuple[Reducer, Reply, RecordingPort]:
    port = RecordingPort()
    reply = Reply(run_context(port), provider="openai-responses", model="m")
    reply.start()
    origin = responses_origin("https://api.openai.com/v1", "m")
    return Reducer(reply, names=ToolNames(["weather.lookup"]), origin=origin), reply, port


def _response(**changes: Any) -> dict[str, Any]:
    return {
        "id": "resp_1",
        "model": "m-1",
        "status": "completed",
        "output": OUTPUT,
        "usage": USAGE,
        **changes,
    }


def _stream(*, output_at_end: bool = True) -> list[dict[str, Any]]:
    """Return the events of a reply with reasoning, a server tool, text and a call."""
    added = [{**item, **_empty(item)} for item in OUTPUT]
    deltas: list[list[dict[str, Any]]] = [
        [
            {"type": "response.reasoning_summary_part.added", "summary_index": 0},
            {"type": "response.reasoning_summary_text.delta", "delta": "First."},
            {"type": "response.reasoning_summary_part.added", "summary_index": 1},
            {"type": "response.reasoning_summary_text.delta", "delta": "Then."},
        ],
        [{"type": "response.web_search_call.searching", "item_id": "ws_1"}],
        [{"type": "response.output_text.delta", "delta": part} for part in ("Hel", "lo")],
        [
            {"type": "response.function_call_arguments.delta", "delta": part}
            for part in ('{"city"', ': "Ulm"}')
        ],
    ]
    events: list[dict[str, Any]] = [{"type": "response.created", "response": _response(output=[])}]
    for index, item in enumerate(OUTPUT):
        events.append({"type": "response.output_item.added", "output_index": index, "item": added[index]})
        events += [{**delta, "output_index": index} for delta in deltas[index]]
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    final = _response() if output_at_end else _response(output=[])
    return [*events, {"type": "response.completed", "response": final}]


def _empty(item: dict[str, Any]) -> dict[str, Any]:
    """Return what an item does not hold yet when it is announced; hosts may give it another id, too."""
    return {
        "id": "other",
        **{key: [] for key in ("content", "summary") if key in item},
        **({"arguments": ""} if "arguments" in item else {}),
    }


def _read(events: list[dict[str, Any]]) -> tuple[Reply, RecordingPort]:
    reducer, reply, port = _reducer()
    for event in events:
        reducer.feed(json.dumps(event), event["type"])
    reducer.finish()
    return reply, port


@pytest.mark.parametrize("output_at_end", [True, False])
def test_a_stream_and_a_body_give_the_same_reply(output_at_end: bool) -> None:
    """Items, texts, calls, usage and class do not depend on how the reply came."""
    streamed, _ = _read(_stream(output_at_end=output_at_end))
    reducer, whole, _ = _reducer()
    reducer.whole(_response())
    reducer.finish()

    assert [(b.kind, b.payload) for b in streamed.blocks()] == [(b.kind, b.payload) for b in whole.blocks()]
    assert streamed.result.usage == whole.result.usage
    assert streamed.result.finish_class == whole.result.finish_class == "tool_calls_pending"


def test_blocks_keep_the_order_and_the_items_as_they_came() -> None:
    """Reasoning, server tools, text and calls stand in provider order, each with its final item."""
    reply, port = _read(_stream())

    blocks = reply.blocks()
    assert [b.kind.value for b in blocks] == ["reasoning", "other", "llm_text", "tool_call"]
    assert [json.dumps(thaw(b.payload["opaque"]["item"])) for b in blocks] == [json.dumps(i) for i in OUTPUT]
    assert [b.text for b in blocks[:3]] == ["First.\n\nThen.", "", "Hello"]
    assert blocks[3].payload["name"] == "weather.lookup"
    assert blocks[3].payload["args"] == {"city": "Ulm"}
    assert blocks[2].payload["citations"] == [{"type": "url_citation", "url": "u"}]
    assert "server-tool-progress" in port.types()
    assert reply.result.response_id == "resp_1"


def test_usage_is_taken_apart_into_buckets_that_add_up() -> None:
    """Cached input and reasoning are parts of the totals."""
    usage = read_usage(USAGE)

    assert (usage.input_uncached, usage.cache_read, usage.output_text, usage.reasoning) == (6, 4, 4, 2)
    assert (usage.input or 0) + (usage.output or 0) == usage.total == 16
    assert read_usage({"input_tokens": 1, "output_tokens": 1}).reasoning is None


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("max_output_tokens", "max_tokens"), ("content_filter", "content_filtered"), ("new", "unknown")],
)
def test_an_incomplete_reply_says_why(reason: str, finish: str) -> None:
    """`response.incomplete` is an end, with the reason as the stop reason."""
    final = _response(status="incomplete", incomplete_details={"reason": reason}, output=[MESSAGE])

    reply, _ = _read([{"type": "response.incomplete", "response": final}])

    assert (reply.result.finish_class, reply.result.stop_reason) == (finish, reason)
    assert reply.blocks()[0].text == "Hello"


def test_a_refusal_is_a_text_that_says_so() -> None:
    """Refusal deltas make a text block marked as a refusal."""
    item = {**MESSAGE, "content": [{"type": "refusal", "refusal": "I cannot."}]}
    events: list[dict[str, Any]] = [
        {"type": "response.output_item.added", "output_index": 0, "item": {**item, "content": []}},
        {"type": "response.refusal.delta", "output_index": 0, "delta": "I cannot."},
        {"type": "response.output_item.done", "output_index": 0, "item": item},
        {"type": "response.completed", "response": _response(output=[item])},
    ]

    reply, _ = _read(events)

    assert reply.result.finish_class == "refused"
    assert reply.blocks()[0].payload["refusal"] is True
    assert reply.blocks()[0].text == "I cannot."


@pytest.mark.parametrize(
    "event",
    [
        {"type": "error", "error": {"type": "server_error", "message": "boom"}},
        {"type": "error", "code": "server_error", "message": "boom"},
        {
            "type": "response.failed",
            "response": {"status": "failed", "error": {"code": "server_error", "message": "boom"}},
        },
    ],
)
def test_an_error_after_a_200_is_raised(event: dict[str, Any]) -> None:
    """Errors inside the stream are provider errors, and worth another try where the vendor's are."""
    with pytest.raises(ProviderError, match="boom") as caught:
        _read([*_stream()[:3], event])

    assert caught.value.retryable


def test_a_stream_that_breaks_off_is_no_reply() -> None:
    """Without a final event the reply is truncated."""
    with pytest.raises(TransportError) as caught:
        _read(_stream()[:-1])

    assert caught.value.code == "STREAM_TRUNCATED"


def test_unknown_events_change_nothing() -> None:
    """Events that nobody knows yet are passed over; what comes after the end does not count."""
    reply, _ = _read(
        [{"type": "response.brand_new", "x": 1}, *_stream(), {"type": "error", "message": "late"}]
    )

    assert len(reply.blocks()) == 4
