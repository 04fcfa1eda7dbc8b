"""Recorded exchanges, outside the repository: every reply decodes without loss and can be sent again."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from geppetto.engine import InferenceConfig, Reply, ToolConfig
from geppetto.errors import ProviderError, RateLimited, TransportError
from geppetto.tooling import ToolDefinition
from geppetto.transport import SseParser
from geppetto.turns import Block, BlockKind, Turn, block, pending_calls
from geppetto_provider_openai.errors import ERRORS
from geppetto_provider_openai.request import build_request
from geppetto_provider_openai.settings import OpenAISettings
from geppetto_provider_openai.stream import Reducer

APIS = ("openai_chat", "openai_compat")
WORDS = {
    "stop": "completed",
    "length": "max_tokens",
    "tool_calls": "tool_calls_pending",
    "function_call": "tool_calls_pending",
    "content_filter": "content_filtered",
    "": "unknown",
}
Make = Callable[..., tuple[Reply, Reducer]]


@dataclass
class Expected:
    """What the recording says, read in the simplest way."""

    texts: list[str]
    calls: list[list[tuple[str, str, str]]]
    words: list[str]
    refused: bool
    total: int | None


def _cases(corpus: Path, api: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted((corpus / api).glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        if case["api"] == "chat.completions":
            yield path.stem, case


def _replies(corpus: Path, api: str) -> list[tuple[str, dict[str, Any]]]:
    return [(name, case) for name, case in _cases(corpus, api) if _is_reply(case)]


def _is_reply(case: dict[str, Any]) -> bool:
    broken = {"mid_stream_error", "truncated_stream", "sse:bad_json"}
    return case["response"]["status"] == 200 and not broken & set(case["features"])


def _bytes(case: dict[str, Any]) -> bytes:
    return str(case["response"]["sse_raw"]).encode()


def _decode(case: dict[str, Any], make: Make, pieces: Sequence[bytes] = ()) -> Reply:
    model = (case["request"] or {}).get("body", {}).get("model", "gpt-test")
    reply, reducer = make(base_url=_base(case), model=model)
    if "sse_raw" not in case["response"]:
        reducer.whole(case["response"]["body"])
    else:
        parser = SseParser()
        for piece in pieces or [_bytes(case)]:
            for event in parser.feed(piece):
                reducer.feed(event.data, event.event)
        for event in parser.close():
            reducer.feed(event.data, event.event)
    reducer.finish()
    return reply


def _base(case: dict[str, Any]) -> str:
    url = str((case["request"] or {}).get("url", "https://api.openai.com/v1/chat/completions"))
    return url.partition("/chat/completions")[0]


def _expected(case: dict[str, Any]) -> Expected:
    response = case["response"]
    chunks = _chunks(response["sse_raw"]) if "sse_raw" in response else [response["body"]]
    found: dict[int, dict[str, Any]] = {0: _empty()}
    usage: dict[str, Any] = {}
    for chunk in chunks:
        usage = chunk.get("usage") or usage
        for choice in chunk.get("choices") or []:
            _collect(found.setdefault(choice["index"], _empty()), choice)
    ordered = [found[index] for index in sorted(found)]
    return Expected(
        texts=[choice["text"] for choice in ordered],
        calls=[[tuple(call) for call in choice["calls"].values()] for choice in ordered],
        words=[choice["word"] for choice in ordered],
        refused=ordered[0]["refused"],
        total=usage.get("total_tokens"),
    )


def _empty() -> dict[str, Any]:
    return {"text": "", "calls": {}, "word": "", "refused": False}


def _chunks(raw: str) -> list[dict[str, Any]]:
    lines = [line[5:].strip() for line in raw.replace("\r\n", "\n").split("\n") if line.startswith("data:")]
    return [json.loads(line) for line in lines if line != "[DONE]"]


def _collect(choice: dict[str, Any], wire: dict[str, Any]) -> None:
    said = wire.get("delta") or wire.get("message") or {}
    choice["text"] += (said.get("content") or "") + (said.get("refusal") or "")
    choice["refused"] = choice["refused"] or bool(said.get("refusal"))
    choice["word"] = wire.get("finish_reason") or choice["word"]
    for position, call in enumerate(said.get("tool_calls") or []):
        known = choice["calls"].setdefault(call.get("index", position), ["", "", ""])
        function = call.get("function") or {}
        known[0] = call.get("id") or known[0]
        known[1] = known[1] or function.get("name") or ""
        known[2] += function.get("arguments") or ""
    legacy = said.get("function_call") or {}
    if legacy.get("name") or legacy.get("arguments"):
        known = choice["calls"].setdefault("legacy", ["", "", ""])
        known[1] = known[1] or legacy.get("name") or ""
        known[2] += legacy.get("arguments") or ""


def _read_json(text: str) -> Any:
    return json.loads(text) if text.strip() else {}


def _check(name: str, reply: Reply, expected: Expected) -> None:
    blocks = reply.blocks()
    text = "".join(found.text for found in blocks if found.kind is BlockKind.LLM_TEXT)
    assert text == expected.texts[0], name
    _check_calls(name, blocks, expected.calls[0])
    _check_others(name, blocks, expected)
    _check_usage(name, reply, expected.total)
    _check_finish(name, reply, expected)


def _check_calls(name: str, blocks: list[Block], expected: list[tuple[str, str, str]]) -> None:
    calls = [found.payload for found in blocks if found.kind is BlockKind.TOOL_CALL]
    assert [(call["name"], call["args"]) for call in calls] == [
        (function, _read_json(arguments)) for _, function, arguments in expected
    ], name
    for call, (call_id, _, _) in zip(calls, expected, strict=True):
        assert call["id"] == call_id or not call_id, name


def _check_others(name: str, blocks: list[Block], expected: Expected) -> None:
    others = [found.payload["opaque"]["choice"] for found in blocks if found.kind is BlockKind.OTHER]
    assert len(others) == len(expected.texts) - 1, name
    for other, text, calls, word in zip(
        others, expected.texts[1:], expected.calls[1:], expected.words[1:], strict=True
    ):
        message = other["message"]
        found = [
            (call["id"], call["function"]["name"], call["function"]["arguments"])
            for call in message.get("tool_calls") or []
        ]
        assert (message.get("content") or "", found, other["finish_reason"] or "") == (text, calls, word), (
            name
        )


def _check_usage(name: str, reply: Reply, total: int | None) -> None:
    usage = reply.result.usage
    if total is None:
        assert usage is None or usage.total is None, name
        return
    assert usage is not None, name
    assert (usage.input or 0) + (usage.output or 0) == usage.total == total, name


def _check_finish(name: str, reply: Reply, expected: Expected) -> None:
    word = expected.words[0]
    wanted = WORDS[word]
    if expected.calls[0] and wanted in {"completed", "unknown"}:
        wanted = "tool_calls_pending"
    elif expected.refused and wanted == "completed":
        wanted = "refused"
    assert (reply.result.finish_class, reply.result.stop_reason) == (wanted, word), name


@pytest.mark.parametrize("api", APIS)
def test_every_reply_decodes_without_loss(corpus: Path, api: str, reader: Make) -> None:
    """Text, calls, further choices, usage and finish class of each recorded reply are those of the recording."""
    cases = _replies(corpus, api)

    for name, case in cases:
        _check(name, _decode(case, reader), _expected(case))

    assert len(cases) > 20


@pytest.mark.parametrize("api", APIS)
def test_cuts_change_nothing(corpus: Path, api: str, reader: Make) -> None:
    """However the bytes of a stream are cut, the blocks are the same."""
    streams = [(name, case) for name, case in _replies(corpus, api) if "sse_raw" in case["response"]]

    for name, case in streams:
        cut = _decode(case, reader, list(_cut(_bytes(case), random.Random(name))))
        assert _shown(cut) == _shown(_decode(case, reader)), name

    assert streams


def _cut(data: bytes, chance: random.Random) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = start + chance.choice((1, 2, 3, 7, 40, 400, 4000))
        yield data[start:end]
        start = end


def _shown(reply: Reply) -> list[Any]:
    generated = {"id"} if not reply.result.response_id else set()
    return [
        (found.kind, {key: value for key, value in found.payload.items() if key not in generated})
        for found in reply.blocks()
    ]


@pytest.mark.parametrize("api", APIS)
def test_broken_streams_raise(corpus: Path, api: str, reader: Make) -> None:
    """A recorded stream that ends early, is no JSON or carries an error raises instead of giving half a reply."""
    broken = [
        case for _, case in _cases(corpus, api) if case["response"]["status"] == 200 and not _is_reply(case)
    ]

    for case in broken:
        with pytest.raises((ProviderError, TransportError)):
            _decode(case, reader)

    assert broken


@pytest.mark.parametrize("api", APIS)
def test_every_cut_before_the_end_is_noticed(corpus: Path, api: str, reader: Make) -> None:
    """A stream that loses everything from its finish reason on is an error, never a shorter reply."""
    streams = [case for _, case in _replies(corpus, api) if "sse_raw" in case["response"]]

    for case in streams:
        raw = _bytes(case).replace(b"\r\n", b"\n")
        events = raw.split(b"\n\n")
        last = next(i for i, event in enumerate(events) if _finishes(event))
        with pytest.raises(TransportError, match="before the reply was complete"):
            _decode(case, reader, [b"\n\n".join(events[:last]) + b"\n\n"])


def _finishes(event: bytes) -> bool:
    data = event.decode().removeprefix("data:").strip()
    if not data.startswith("{"):
        return False
    return any(choice.get("finish_reason") for choice in json.loads(data).get("choices") or [])


@pytest.mark.parametrize("api", APIS)
def test_every_refusal_is_understood(corpus: Path, api: str) -> None:
    """Each recorded error body gives an error of the class its status and words stand for."""
    refused = [
        (name, case["response"]) for name, case in _cases(corpus, api) if case["response"]["status"] >= 400
    ]

    for name, response in refused:
        body = response.get("body", response.get("body_text", ""))
        raw = (body if isinstance(body, str) else json.dumps(body)).encode()
        error = ERRORS.classify(response["status"], response["headers"], raw)
        code = {401: "AUTHENTICATION_FAILED", 404: "MODEL_NOT_FOUND", 429: "QUOTA_EXCEEDED"}
        expected = "PROVIDER_UNAVAILABLE" if response["status"] >= 500 else code.get(response["status"])
        assert error.code == (expected or "INVALID_REQUEST"), name
        assert error.retryable == (response["status"] >= 500), name
        assert isinstance(error, RateLimited) == (response["status"] == 429), name

    assert refused


@pytest.mark.parametrize("api", APIS)
def test_every_reply_can_be_sent_again(
    corpus: Path, api: str, reader: Make, validate: Callable[[str, Any], list[tuple[str, str, str]]]
) -> None:
    """Request, decoded reply and results of its calls make a request that the vendor's schema accepts."""
    cases = [(name, case) for name, case in _replies(corpus, api) if case["request"]]

    for name, case in cases:
        body = _next_request(case, _decode(case, reader))
        problems = validate("openai_chat", body)
        assert [found for found in problems if not _expected_problem(api, found)] == [], name
        _check_replay(name, case, body)

    assert len(cases) > 20


def _expected_problem(api: str, problem: tuple[str, str, str]) -> bool:
    """Allow hints, and at compatible hosts the reasoning fields that the vendor itself does not know."""
    level, _, message = problem
    return level in {"LINT?", "BETA"} or (
        api == "openai_compat" and level == "UNKNOWN" and "'reasoning" in message
    )


def _next_request(case: dict[str, Any], reply: Reply) -> dict[str, Any]:
    sent = case["request"]["body"]
    turn = reply.extend(Turn(_blocks(sent.get("messages") or [])))
    for call in pending_calls(turn):
        turn.append(block.tool_use(call.id, {"ok": True, "of": call.name}))
    turn.append(block.user("Go on."))
    settings = OpenAISettings(model=sent.get("model", "gpt-test"), base_url=_base(case))
    request = build_request(turn, InferenceConfig(stream=True), _tools(sent), ToolConfig(), settings)
    return request.body


def _blocks(messages: list[dict[str, Any]]) -> list[Block]:
    found: list[Block] = []
    for message in messages:
        role, content = message["role"], message.get("content")
        parts = content if isinstance(content, list) else []
        text = content if isinstance(content, str) else ""
        if role in {"system", "developer"}:
            found.append(block.system(text or "".join(part["text"] for part in parts)))
        elif role == "user":
            found.append(block.user(text, *[_part(part) for part in parts]))
        elif role == "tool":
            found.append(block.tool_use(message["tool_call_id"], text))
        elif role == "assistant":
            found += _assistant(message, text)
    return found


def _assistant(message: dict[str, Any], text: str) -> list[Block]:
    found = [block.assistant(text)] if text else []
    for call in message.get("tool_calls") or []:
        function = call["function"]
        found.append(block.tool_call(function["name"], _read_json(function["arguments"]), id=call["id"]))
    return found


def _part(part: dict[str, Any]) -> dict[str, Any]:
    kind = part["type"]
    if kind == "image_url":
        image = part["image_url"]  # one host takes the bare address
        return {"type": "image", **({"url": image} if isinstance(image, str) else image)}
    if kind == "file":
        name, data = part["file"].get("filename", "f.pdf"), part["file"].get("file_data", "")
        return {
            "type": "document",
            "name": name,
            "media_type": "application/pdf",
            "data": data.partition(",")[2],
        }
    if kind == "input_audio":
        heard = part["input_audio"]
        heard = {"data": heard, "format": "mp3"} if isinstance(heard, str) else heard
        return {"type": "audio", "data": heard["data"], "media_type": f"audio/{heard['format']}"}
    return dict(part)


def _tools(sent: dict[str, Any]) -> list[ToolDefinition]:
    functions = [tool["function"] for tool in sent.get("tools") or [] if tool.get("type") == "function"]
    functions += sent.get("functions") or []
    return [
        ToolDefinition(
            function["name"],
            function.get("description") or "",
            function.get("parameters") or {"type": "object", "properties": {}},
            handler=lambda arguments, _context: arguments,
            strict=bool(function.get("strict")),
        )
        for function in functions
    ]


def _spoken(messages: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return who said what; neighbouring assistant messages count as one, media are left out."""
    found: list[tuple[str, str]] = []
    for message in messages:
        role = "system" if message["role"] == "developer" else message["role"]
        content = message.get("content") or ""
        text = content if isinstance(content, str) else "".join(part.get("text", "") for part in content)
        if found and found[-1][0] == role == "assistant":
            found[-1] = (role, found[-1][1] + text)
        else:
            found.append((role, text))
    return found


def _check_replay(name: str, case: dict[str, Any], body: dict[str, Any]) -> None:
    """Compare the messages that were sent once with those that would be sent now."""
    before, now = case["request"]["body"].get("messages") or [], body["messages"]
    sent = _spoken(before)
    assert _spoken(now)[: len(sent) - 1] == sent[:-1], name
    expected = _expected(case)
    if before[-1]["role"] != "assistant" and (expected.texts[0] or expected.calls[0]):
        again = [message for message in now if message["role"] == "assistant"][-1]
        assert (again.get("content") or again.get("refusal") or "") == expected.texts[0], name
        assert [
            (call["function"]["name"], json.loads(call["function"]["arguments"]))
            for call in again.get("tool_calls") or []
        ] == [(function, _read_json(arguments)) for _, function, arguments in expected.calls[0]], name
