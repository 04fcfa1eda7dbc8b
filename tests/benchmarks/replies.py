"""What the loopback server says: whole HTTP responses, made once, in the forms of the three vendors' APIs.

A request's first path segment asks for a behaviour: `plain` (a short reply), `s500` (a stream of 500 deltas), `tool` (a
call of the weather tool, then a text), `hold` (a stream that stays open after three deltas), `whole` (a stream of
`WHOLE_DELTAS` in one piece, with its length), `long` (the long reply of the vendor whose path follows), `paced-20-50` (20
deltas, one every 50 ms: see `paced.py`).
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from benchmarks.vendors import PATHS, answers

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SENTENCE", "WHOLE_DELTAS", "answer", "stream_piece"]

WHOLE_DELTAS = 500

SENTENCE = "Plain words, sent as one reply to whoever measures how long it takes until they have arrived."
_CALL = {"name": "get_weather", "arguments": {"city": "Paris", "days": 3}}
_HELD = 3
_OPENAI = {"id": "chatcmpl-1", "created": 1, "model": "m"}


def answer(path: bytes, body: bytes) -> tuple[bytes, bool]:
    """Return the response to a request, and whether its connection stays in the middle of it."""
    mode, _, rest = path.lstrip(b"/").partition(b"/")
    if mode == b"long":
        return _long()[rest.partition(b"?")[0]], False
    if mode == b"whole":
        return _in_one_piece(), False
    api = "claude" if b"/messages" in rest else "gemini" if b"enerateContent" in rest else "openai"
    streams = b"streamGenerate" in rest or b'"stream":true' in body or b'"stream": true' in body
    answered = any(mark in body for mark in (b'"tool_call_id"', b'"tool_result"', b'"functionResponse"'))
    name = mode.decode()
    tool = name == "tool" and not answered
    deltas = int(name[1:]) if name[1:].isdigit() else _HELD
    return _response(api, deltas, streams=streams, tool=tool, held=name == "hold"), name == "hold" and streams


def stream_piece(text: str | None) -> bytes:
    """Return a piece of OpenAI's stream: its head for None, its end for no text, else a delta of this text."""
    if text:
        return _chunks([_delta({"content": text})])
    first, *_, last, usage, done = _openai_stream(0, tool=False)
    return _chunked([first]) if text is None else _chunks([last, usage, done, b""])


@cache
def _response(api: str, deltas: int, *, streams: bool, tool: bool, held: bool) -> bytes:
    if not streams:
        return _whole(json.dumps(_BODIES[api](tool)).encode())
    events = list(_STREAMS[api](deltas, tool))
    return _chunked(events[: deltas + 1] if held else [*events, b""])


@cache
def _long() -> dict[bytes, bytes]:
    """Return the vendors' long answers by the path that asks for them."""
    return {
        PATHS[name][1].lstrip("/").encode(): _chunked([*events, b""]) for name, events in answers().items()
    }


@cache
def _in_one_piece() -> bytes:
    return _whole(b"".join(_openai_stream(WHOLE_DELTAS, tool=False)), "text/event-stream")


def _whole(body: bytes, kind: str = "application/json") -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _chunked(events: list[bytes]) -> bytes:
    """Put each event into an HTTP chunk of its own, as the vendors send them (RFC 9112 §7.1)."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + _chunks(events)


def _chunks(events: list[bytes]) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(event), event) for event in events)


def _event(value: Any, name: str = "") -> bytes:
    return (f"event: {name}\n" if name else "").encode() + b"data: " + json.dumps(value).encode() + b"\n\n"


def _openai_body(tool: bool) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": None if tool else SENTENCE}
    if tool:
        function = {"name": _CALL["name"], "arguments": json.dumps(_CALL["arguments"])}
        message["tool_calls"] = [{"id": "call_1", "type": "function", "function": function}]
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if tool else "stop"}
    usage = {"prompt_tokens": 9, "completion_tokens": 20, "total_tokens": 29}
    return {**_OPENAI, "object": "chat.completion", "choices": [choice], "usage": usage}


def _delta(delta: dict[str, Any], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return _event({**_OPENAI, "object": "chat.completion.chunk", "choices": [choice]})


def _openai_stream(deltas: int, tool: bool) -> Iterator[bytes]:
    yield _delta({"role": "assistant", "content": ""})
    if tool:
        function = {"name": _CALL["name"], "arguments": json.dumps(_CALL["arguments"])}
        yield _delta({"tool_calls": [{"index": 0, "id": "call_1", "type": "function", "function": function}]})
    else:
        for number in range(deltas):
            yield _delta({"content": f" tok{number:04}"})
    yield _delta({}, "tool_calls" if tool else "stop")
    usage = {"prompt_tokens": 9, "completion_tokens": deltas, "total_tokens": 9 + deltas}
    yield _event({**_OPENAI, "object": "chat.completion.chunk", "choices": [], "usage": usage})
    yield b"data: [DONE]\n\n"


def _claude_body(tool: bool) -> dict[str, Any]:
    text = {"type": "text", "text": SENTENCE}
    use = {"type": "tool_use", "id": "toolu_1", "name": _CALL["name"], "input": _CALL["arguments"]}
    message = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_sequence": None}
    usage = {"input_tokens": 9, "output_tokens": 20}
    reason = "tool_use" if tool else "end_turn"
    return {**message, "content": [use if tool else text], "stop_reason": reason, "usage": usage}


def _claude_stream(deltas: int, tool: bool) -> Iterator[bytes]:
    begun = {**_claude_body(tool), "content": [], "stop_reason": None}
    yield _event({"type": "message_start", "message": begun}, "message_start")
    for number in range(deltas):
        if number == 0:
            block = {"type": "text", "text": ""}
            begin = {"type": "content_block_start", "index": 0, "content_block": block}
            yield _event(begin, "content_block_start")
        delta = {"type": "text_delta", "text": f" tok{number:04}"}
        yield _event({"type": "content_block_delta", "index": 0, "delta": delta}, "content_block_delta")
    yield _event({"type": "content_block_stop", "index": 0}, "content_block_stop")
    end = {"stop_reason": "end_turn", "stop_sequence": None}
    yield _event({"type": "message_delta", "delta": end, "usage": {"output_tokens": deltas}}, "message_delta")
    yield _event({"type": "message_stop"}, "message_stop")


def _gemini_body(tool: bool, text: str = SENTENCE, finish: str = "STOP") -> dict[str, Any]:
    call = {"functionCall": {"name": _CALL["name"], "args": _CALL["arguments"]}}
    content = {"role": "model", "parts": [call if tool else {"text": text}]}
    usage = {"promptTokenCount": 9, "candidatesTokenCount": 20, "totalTokenCount": 29}
    candidate = {"content": content, "index": 0, **({"finishReason": finish} if finish else {})}
    return {"candidates": [candidate], "usageMetadata": usage, "modelVersion": "m", "responseId": "r"}


def _gemini_stream(deltas: int, tool: bool) -> Iterator[bytes]:
    for number in range(1 if tool else deltas):
        last = tool or number == deltas - 1
        yield _event(_gemini_body(tool, f" tok{number:04}", "STOP" if last else ""))


_BODIES = {"openai": _openai_body, "claude": _claude_body, "gemini": _gemini_body}
_STREAMS = {"openai": _openai_stream, "claude": _claude_stream, "gemini": _gemini_stream}
