import json
from collections.abc import Callable
from typing import Any

import pytest
from geppetto.engine import Reply
from geppetto.errors import ProviderError, RateLimited, TransportError
from geppetto.events import ProviderCallMetadata
from geppetto.turns import BlockKind

Read = Callable[..., Reply]
USAGE = {"promptTokenCount": 5, "candidatesTokenCount": 7, "thoughtsTokenCount": 3, "totalTokenCount": 15}


def _chunk(*parts: Any, finish: Any = None, usage: Any = None, **more: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, **more}
    if finish is not None:
        candidate["finishReason"] = finish
    chunk: dict[str, Any] = {"candidates": [candidate], "modelVersion": "m1", "responseId": "r1"}
    return {**chunk, "usageMetadata": usage} if usage else chunk


def _call(name: str, args: Any = None, call_id: str = "", **beside: Any) -> dict[str, Any]:
    call = {"name": name, "args": args or {}}
    return {"functionCall": {**call, "id": call_id} if call_id else call, **beside}


def test_a_filtered_reply_says_why(stream: Read) -> None:
    """A reply that safety cut is filtered; its ratings are kept, and the run does not fail."""
    ratings = [{"category": "HARM_CATEGORY_HARASSMENT", "probability": "HIGH", "blocked": True}]

    reply = stream(
        _chunk({"text": "The"}), {"candidates": [{"finishReason": "SAFETY", "safetyRatings": ratings}]}
    )

    assert (reply.result.finish_class, reply.result.stop_reason) == ("content_filtered", "SAFETY")
    assert reply.blocks()[-1].payload["opaque"]["ending"]["safetyRatings"] == ratings


def test_a_blocked_prompt_is_filtered(whole: Read) -> None:
    """No candidates and a reason to block: a filtered reply without text."""
    reply = whole(
        {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 4}}
    )

    assert (reply.result.finish_class, reply.result.stop_reason) == ("content_filtered", "PROHIBITED_CONTENT")
    assert reply.blocks()[0].payload["opaque"]["ending"]["promptFeedback"] == {
        "blockReason": "PROHIBITED_CONTENT"
    }
    assert reply.result.usage is not None
    assert reply.result.usage.input == 4


def test_a_malformed_call_keeps_the_vendors_sentence(stream: Read, port: Any) -> None:
    """A call that the vendor could not read ends as an error whose message is not lost."""
    end = {
        "candidates": [
            {"content": {}, "finishReason": "MALFORMED_FUNCTION_CALL", "finishMessage": "call:f(x"}
        ]
    }

    reply = stream(end)

    assert (reply.result.finish_class, reply.result.stop_reason) == ("error", "MALFORMED_FUNCTION_CALL")
    assert reply.blocks()[0].payload["opaque"]["ending"]["finishMessage"] == "call:f(x"
    said = [event.metadata for event in port.events if isinstance(event, ProviderCallMetadata)]
    assert {"finish_message": "call:f(x"} in said


def test_an_unstreamed_body(whole: Read) -> None:
    """A body without a stream gives the same blocks as the chunks it stands for."""
    reply = whole(
        _chunk(
            {"text": "why", "thought": True}, {"text": "so"}, _call("f", {"a": 1}), finish="STOP", usage=USAGE
        )
    )

    assert [block.kind for block in reply.blocks()] == [
        BlockKind.REASONING,
        BlockKind.LLM_TEXT,
        BlockKind.TOOL_CALL,
    ]
    assert reply.result.finish_class == "tool_calls_pending"


def test_a_whole_body_without_a_reason_is_complete(whole: Read) -> None:
    """An unstreamed body cannot be cut, so a missing reason is unknown, not an error."""
    assert whole(_chunk({"text": "x"})).result.finish_class == "unknown"


def test_a_reason_stands_whatever_follows(stream: Read) -> None:
    """Chunks behind the last word, with usage or nothing, take nothing back."""
    reply = stream(_chunk({"text": "x"}, finish="STOP"), _chunk(), {"usageMetadata": USAGE})

    assert (reply.result.stop_reason, reply.result.finish_class) == ("STOP", "completed")
    assert reply.result.usage is not None


def test_a_stream_as_one_array(whole: Read) -> None:
    """Without `alt=sse` a stream comes as one JSON array of chunks; numbers may stand for words."""
    reply = whole([_chunk({"text": "a"}), _chunk({"text": "b"}, finish=1)])

    assert (reply.blocks()[0].text, reply.result.stop_reason) == ("ab", "STOP")
    with pytest.raises(TransportError, match="before the reply was complete"):
        whole([_chunk({"text": "a"})])


@pytest.mark.parametrize(
    "chunks", [[], [_chunk({"text": "a"})], [_chunk({"text": "a"}, finish="FINISH_REASON_UNSPECIFIED")]]
)
def test_a_stream_without_its_end_is_an_error(stream: Read, chunks: list[Any]) -> None:
    """A stream that never says why it stopped was cut."""
    with pytest.raises(TransportError) as caught:
        stream(*chunks)

    assert (caught.value.code, caught.value.retryable) == ("STREAM_TRUNCATED", True)


@pytest.mark.parametrize(
    "wrapped",
    [
        pytest.param(lambda error: {"error": error}, id="object"),
        pytest.param(lambda error: [{"error": error}], id="array"),
        pytest.param(lambda error: json.dumps({"error": error}, indent=2), id="pretty-printed"),
    ],
)
def test_an_error_inside_a_stream_raises(stream: Read, wrapped: Callable[[Any], Any]) -> None:
    """An error after status 200 is the error it would have been as an answer, in each of its shapes."""
    limited = {"code": 429, "message": "slow down", "status": "RESOURCE_EXHAUSTED"}

    with pytest.raises(RateLimited) as caught:
        stream(_chunk({"text": "a"}), wrapped(limited))

    assert (caught.value.code, caught.value.status, caught.value.retryable) == ("RATE_LIMITED", 429, True)


def test_a_cancelled_stream_raises(stream: Read) -> None:
    """An error behind the last chunk counts too."""
    with pytest.raises(ProviderError, match="cancelled"):
        stream(
            _chunk({"text": "a"}, finish="STOP"),
            {"error": {"code": 499, "message": "The operation was cancelled.", "status": "CANCELLED"}},
        )


@pytest.mark.parametrize("body", [None, [], [1], "text", {}, {"totalTokens": 4}, {"choices": []}])
def test_what_is_no_reply_is_refused(whole: Read, body: Any) -> None:
    """An answer of another API is an error that quotes it."""
    with pytest.raises(TransportError) as caught:
        whole(body)

    assert caught.value.code == "INVALID_RESPONSE"


def test_a_broken_chunk_is_refused(stream: Read) -> None:
    """A chunk that is no JSON is an error; an empty one is nothing."""
    with pytest.raises(TransportError, match="none of this API"):
        stream('{"candidates": [')
    assert stream(" ", _chunk({"text": "a"}, finish="STOP")).blocks()[0].text == "a"
