"""Recorded exchanges, outside the repository: every reply decodes without loss."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from geppetto.engine import Reply
from geppetto.errors import ProviderError, RateLimited, TransportError
from geppetto.turns import Block, BlockKind
from geppetto_provider_gemini.errors import ERRORS

Case = dict[str, Any]
WORDS = {
    "STOP": "completed",
    "MAX_TOKENS": "max_tokens",
    "SAFETY": "content_filtered",
    "RECITATION": "content_filtered",
    "MODEL_ARMOR": "content_filtered",
    "MALFORMED_FUNCTION_CALL": "error",
    "UNEXPECTED_TOOL_CALL": "error",
}
NUMBERS = {1: "STOP"}


def _check(recorded: Any, name: str, case: Case, reply: Reply) -> None:
    parts, hosted = recorded.parts(case), "server_tool:mcpServers" in case["features"]
    blocks = reply.blocks()
    answers = [part["text"] for part in parts if "text" in part and not part.get("thought")]
    thoughts = [part["text"] for part in parts if "text" in part and part.get("thought")]
    assert _text(blocks, BlockKind.LLM_TEXT) == "".join(answers), name
    assert _text(blocks, BlockKind.REASONING) == "".join(thoughts), name
    _check_calls(
        recorded,
        name,
        blocks,
        [] if hosted else [part["functionCall"] for part in parts if "functionCall" in part],
    )
    _check_signatures(recorded, name, case, blocks, parts)
    _check_rest(recorded, name, case, blocks, parts)
    _check_end(
        recorded, name, case, reply, calls=any("functionCall" in part for part in parts) and not hosted
    )
    _check_usage(recorded, name, case, reply)


def _text(blocks: Sequence[Block], kind: BlockKind) -> str:
    return "".join(found.text for found in blocks if found.kind is kind)


def _check_calls(recorded: Any, name: str, blocks: Sequence[Block], wire: list[dict[str, Any]]) -> None:
    calls = [found for found in blocks if found.kind is BlockKind.TOOL_CALL]
    assert [(call.payload["name"], call.payload["args"]) for call in calls] == [
        (call["name"], recorded.arguments(call)) for call in wire
    ], name
    assert all(call.get("id") in (None, found.id) for found, call in zip(calls, wire, strict=True)), name
    assert len({found.id for found in calls}) == len(calls), name


def _check_signatures(
    recorded: Any, name: str, case: Case, blocks: Sequence[Block], parts: list[dict[str, Any]]
) -> None:
    """Each signature stands on the block that has the very content it came with."""
    origin = recorded.origin(case)
    kept = [(_content(recorded, found, origin.own(found)), _signature(origin.own(found))) for found in blocks]
    expected = [
        (_wire_content(recorded, part), part["thoughtSignature"])
        for part in parts
        if "thoughtSignature" in part
    ]
    assert [entry for entry in kept if entry[1]] == expected, name


def _signature(own: dict[str, Any]) -> str:
    return str((own.get("part") or {}).get("thoughtSignature") or "")


def _content(recorded: Any, found: Block, own: dict[str, Any]) -> Any:
    if found.kind is BlockKind.OTHER:
        return _wire_content(recorded, own.get("part") or {})
    return found.payload["args"] if found.kind is BlockKind.TOOL_CALL else found.text


def _wire_content(recorded: Any, part: dict[str, Any]) -> Any:
    if "functionCall" in part:
        return recorded.arguments(part["functionCall"])
    rest = {name: value for name, value in part.items() if name not in {"thoughtSignature", "text"}}
    return rest or part.get("text")


def _check_rest(
    recorded: Any, name: str, case: Case, blocks: Sequence[Block], parts: list[dict[str, Any]]
) -> None:
    """Parts of server tools and generated media are all there, and so are the sources."""
    origin = recorded.origin(case)
    kept = [origin.own(found).get("part") for found in blocks if found.kind is BlockKind.OTHER]
    theirs = {"toolCall", "toolResponse", "executableCode", "codeExecutionResult", "functionResponse"}
    assert all(part in kept for part in parts if theirs & part.keys()), name
    media = [part["data"] for found in blocks for part in found.payload.get("parts") or ()]
    assert media == [part["inlineData"]["data"] for part in parts if "inlineData" in part], name
    cited = [source for found in blocks for source in found.payload.get("citations") or ()]
    assert all(source in cited for source in _sources(recorded, case)), name


def _sources(recorded: Any, case: Case) -> list[Any]:
    candidates = [candidate for chunk in recorded.chunks(case) for candidate in chunk.get("candidates") or ()]
    found: list[Any] = []
    for candidate in candidates:
        found += (candidate.get("groundingMetadata") or {}).get("groundingChunks") or []
        found += (candidate.get("urlContextMetadata") or {}).get("urlMetadata") or []
        quoted = candidate.get("citationMetadata") or {}
        found += quoted.get("citations") or quoted.get("citationSources") or []
    return found


def _check_end(recorded: Any, name: str, case: Case, reply: Reply, *, calls: bool) -> None:
    words = [
        candidate.get("finishReason")
        for chunk in recorded.chunks(case)
        for candidate in chunk.get("candidates") or ()
    ]
    word = next((found for found in reversed(words) if found), None)
    if word is None:
        assert "empty_response" in case["features"], name
        assert reply.result.finish_class == "content_filtered", name
        return
    word = NUMBERS.get(word, word)
    wanted = "tool_calls_pending" if calls and word == "STOP" else WORDS[word]
    assert (reply.result.stop_reason, reply.result.finish_class) == (word, wanted), name


def _check_usage(recorded: Any, name: str, case: Case, reply: Reply) -> None:
    snapshots = [chunk["usageMetadata"] for chunk in recorded.chunks(case) if chunk.get("usageMetadata")]
    usage = reply.result.usage
    if not snapshots:
        assert usage is None, name
        return
    assert usage is not None, name
    total = snapshots[-1]["totalTokenCount"]
    assert (usage.input or 0) + (usage.output or 0) == usage.total == total, name
    assert usage.reasoning == snapshots[-1].get("thoughtsTokenCount"), name
    assert usage.cache_read == snapshots[-1].get("cachedContentTokenCount"), name


def test_every_reply_decodes_without_loss(recorded: Any) -> None:
    """Texts, thoughts, calls, ids, signatures, sources, usage and finish class are those of the recording."""
    cases = recorded.replies()

    for name, case in cases:
        _check(recorded, name, case, recorded.decode(case))

    assert len(cases) > 100


def test_cuts_change_nothing(recorded: Any) -> None:
    """However the bytes of a stream are cut, the blocks are the same."""
    for name, case in recorded.streams():
        raw = str(case["response"]["sse_raw"]).encode()
        cut = recorded.decode(case, list(_cut(raw, random.Random(name))))
        assert _shown(cut) == _shown(recorded.decode(case)), name


def _cut(data: bytes, chance: random.Random) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = start + chance.choice((1, 2, 3, 7, 40, 400, 4000))
        yield data[start:end]
        start = end


def _shown(reply: Reply) -> list[Any]:
    """Return the blocks; a call's id is left out, because it may be of our own making."""
    return [
        (found.kind, {name: value for name, value in found.payload.items() if name != "id"})
        for found in reply.blocks()
    ]


def test_an_unstreamed_body_gives_the_same(recorded: Any) -> None:
    """The body that a stream stands for, put together from its chunks, gives the same blocks and usage."""
    streams = recorded.streams()

    for name, case in streams:
        streamed, body = recorded.decode(case), recorded.decode(case, chunks=_whole(recorded.chunks(case)))
        assert _shown(body) == _shown(streamed), name
        assert body.result.usage == streamed.result.usage, name
        assert body.result.finish_class == streamed.result.finish_class, name

    assert len(streams) > 20


def _whole(chunks: list[dict[str, Any]]) -> dict[str, Any]:
    """Return one body of many chunks: all parts, the last word on everything else, all sources."""
    body: dict[str, Any] = {}
    candidate: dict[str, Any] = {}
    parts: list[Any] = []
    for chunk in chunks:
        body |= chunk
        for found in chunk.get("candidates") or ():
            parts += (found.get("content") or {}).get("parts") or []
            quoted = [
                *((candidate.get("citationMetadata") or {}).get("citationSources") or []),
                *((found.get("citationMetadata") or {}).get("citationSources") or []),
            ]
            candidate |= {name: value for name, value in found.items() if value}
            if quoted:
                candidate["citationMetadata"] = {"citationSources": quoted}
    return {**body, "candidates": [{**candidate, "content": {"role": "model", "parts": parts}}]}


def test_broken_streams_raise(recorded: Any) -> None:
    """A recorded stream that ends early, is empty or carries an error raises instead of giving half a reply."""
    broken = [
        case
        for _, case in recorded.cases()
        if case["response"]["status"] == 200 and not recorded.is_reply(case)
    ]

    for case in broken:
        with pytest.raises((ProviderError, TransportError)):
            recorded.decode(case)

    assert len(broken) >= 4


def test_every_cut_before_the_end_is_noticed(recorded: Any) -> None:
    """A stream that loses everything from its finish reason on is an error, never a shorter reply."""
    for name, case in recorded.streams():
        events = str(case["response"]["sse_raw"]).replace("\r\n", "\n").split("\n\n")
        last = next(place for place, event in enumerate(events) if '"finishReason"' in event)
        kept = "\n\n".join([*events[:last], ""]).encode()
        with pytest.raises(TransportError, match="before the reply was complete"):
            recorded.decode(case, [kept or b"\n"])
        assert name


def test_every_refusal_is_understood(recorded: Any) -> None:
    """Each recorded error body gives an error of the class its status, words and details stand for."""
    refused = [
        (name, case["response"]) for name, case in recorded.cases() if case["response"]["status"] >= 400
    ]

    codes: Counter[str] = Counter()
    for name, response in refused:
        raw = response.get("sse_raw") or response.get("body_text") or json.dumps(response.get("body"))
        error = ERRORS.classify(response["status"], response.get("headers") or {}, raw.encode())
        assert error.retryable == (response["status"] >= 500), name
        assert isinstance(error, RateLimited) == (response["status"] == 429), name
        codes[error.code] += 1

    assert (
        codes
        == {
            "INVALID_REQUEST": 6,  # a missing signature, a schema keyword, media, and preconditions without a sentence
            "MODEL_NOT_FOUND": 3,
            "PERMISSION_DENIED": 3,
            "AUTHENTICATION_FAILED": 2,  # as 400, told apart by their detail
            "PROVIDER_OVERLOADED": 2,
            "NOT_FOUND": 1,
            "PROVIDER_UNAVAILABLE": 1,
            "QUOTA_EXCEEDED": 1,
        }
    )
