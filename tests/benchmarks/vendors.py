"""A reply of 2,000 chunks in the wire form of each vendor."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["CHUNKS", "PATHS", "answers"]

CHUNKS = 2000
#: engine -> what its base URL ends in, and a part of the path that is asked
PATHS = {
    "openai": ("/long/v1", "/long/v1/chat/completions"),
    "openai-responses": ("/long/v1", "/long/v1/responses"),
    "claude": ("/long", "/long/v1/messages"),
    "gemini": ("/long/v1beta", "/long/v1beta/models/m:streamGenerateContent"),
}


def answers() -> dict[str, list[bytes]]:
    """Return the events of the stream by engine."""
    made = {"openai": _chat(), "openai-responses": _responses(), "claude": _claude(), "gemini": _gemini()}
    return {name: [event.encode() for event in events] for name, events in made.items()}


def _data(value: Any) -> str:
    return f"data: {json.dumps(value)}\n\n"


def _named(value: dict[str, Any]) -> str:
    return f"event: {value['type']}\n{_data(value)}"


def _chat() -> Iterator[str]:
    for place in range(CHUNKS + 1):
        end = place == CHUNKS
        choice = {
            "index": 0,
            "delta": {} if end else {"content": "word "},
            "finish_reason": "stop" if end else None,
        }
        yield _data(
            {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}
        )
    yield "data: [DONE]\n\n"


def _responses() -> Iterator[str]:
    item = {"id": "msg_1", "type": "message", "role": "assistant", "content": []}
    whole = [{"type": "output_text", "text": "word " * CHUNKS, "annotations": []}]
    response = {"id": "r", "object": "response", "model": "m", "status": "in_progress", "output": []}
    place = {"item_id": "msg_1", "output_index": 0, "content_index": 0}
    yield _named({"type": "response.created", "response": response})
    yield _named({"type": "response.output_item.added", "output_index": 0, "item": item})
    for number in range(CHUNKS):
        yield _named(
            {"type": "response.output_text.delta", "sequence_number": number, **place, "delta": "word "}
        )
    yield _named({"type": "response.output_item.done", "output_index": 0, "item": {**item, "content": whole}})
    yield _named({"type": "response.completed", "response": {**response, "status": "completed"}})


def _claude() -> Iterator[str]:
    yield _named(
        {
            "type": "message_start",
            "message": {"id": "m", "model": "m", "content": [], "usage": {"input_tokens": 1}},
        }
    )
    yield _named({"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}})
    for _ in range(CHUNKS):
        yield _named(
            {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "word "}}
        )
    yield _named({"type": "content_block_stop", "index": 0})
    yield _named(
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 9}}
    )
    yield _named({"type": "message_stop"})


def _gemini() -> Iterator[str]:
    for number in range(CHUNKS):
        end = {"finishReason": "STOP"} if number == CHUNKS - 1 else {}
        candidate = {"content": {"parts": [{"text": "word "}], "role": "model"}, "index": 0, **end}
        usage = {"promptTokenCount": 1, "candidatesTokenCount": number, "totalTokenCount": number + 1}
        yield _data(
            {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m", "responseId": "r"}
        )
