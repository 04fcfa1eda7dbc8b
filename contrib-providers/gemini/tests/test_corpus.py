"""Recorded exchanges, outside the repository: every reply decodes without loss and can be sent again."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from geppetto.engine import InferenceConfig, Reply, ToolConfig
from geppetto.errors import ProviderError, RateLimited, TransportError
from geppetto.tooling import ToolDefinition
from geppetto.transport import SseParser
from geppetto.turns import Block, BlockKind, Turn, block, pending_calls
from geppetto_provider_gemini.errors import ERRORS
from geppetto_provider_gemini.origin import gemini_origin
from geppetto_provider_gemini.request import Request, build_request
from geppetto_provider_gemini.settings import GeminiSettings
from geppetto_provider_gemini.stream import Reducer

Make = Callable[..., tuple[Reply, Reducer]]
Case = dict[str, Any]
HOME = "https://generativelanguage.googleapis.com/v1beta"
MODEL = "gemini-2.5-flash"
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
#: A bare JSON error stands behind the events of this one, outside of any event, and each event says STOP, as this API
#: did in 2023. An event stream parser drops such lines (WHATWG HTML §9.2.6), so the engine sees a complete reply.
OUTSIDE = "vertexai-sdk-test-data__streaming_failure_error_mid_stream__0"


def _cases(corpus: Path) -> Iterator[tuple[str, Case]]:
    for path in sorted((corpus / "gemini").glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        if case["api"] != "countTokens":
            yield path.stem, case


def _replies(corpus: Path) -> list[tuple[str, Case]]:
    return [(name, case) for name, case in _cases(corpus) if _is_reply(case)]


def _is_reply(case: Case) -> bool:
    broken = {"mid_stream_error", "truncated_stream"} & set(case["features"])
    return case["response"]["status"] == 200 and not broken and case["response"].get("sse_raw") != ""


def _streams(corpus: Path) -> list[tuple[str, Case]]:
    return [(name, case) for name, case in _replies(corpus) if _is_sse(case)]


def _is_sse(case: Case) -> bool:
    return "sse_raw" in case["response"] and case["response"].get("stream_format") != "json_array"


def _chunks(case: Case) -> list[dict[str, Any]]:
    """Read the recording in the simplest way."""
    response = case["response"]
    if not _is_sse(case):
        found = json.loads(response["sse_raw"]) if "sse_raw" in response else response["body"]
        return found if isinstance(found, list) else [found]
    lines = response["sse_raw"].lstrip("\ufeff").replace("\r\n", "\n").split("\n")
    return [json.loads(line[5:]) for line in lines if line.startswith("data:")]


def _model(case: Case) -> str:
    if not case["request"]:
        return MODEL
    return str(case["request"]["url"].partition("/models/")[2].partition(":")[0])


def _base(case: Case) -> str:
    return str(case["request"]["url"].partition("/models/")[0]) if case["request"] else HOME


def _sent(case: Case) -> dict[str, Any]:
    """Return what was asked; two recorders wrote the other spelling that the API takes, which is evened out here."""
    body: dict[str, Any] = _camel(case["request"]["body"]) if case["request"] else {}
    return body


def _camel(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    free = {"args", "response", "parametersJsonSchema", "responseJsonSchema", "parameters"}
    named = ((_camel_name(name), item) for name, item in value.items())
    return {name: item if name in free else _camel(item) for name, item in named}


def _camel_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _declared(case: Case) -> list[dict[str, Any]]:
    return [one for tool in _sent(case).get("tools") or () for one in tool.get("functionDeclarations") or ()]


def _decode(case: Case, make: Make, pieces: Sequence[bytes] = (), chunks: Any = None) -> Reply:
    hosted = any("mcpServers" in tool for tool in _sent(case).get("tools") or ())
    offered = frozenset(function["name"] for function in _declared(case)) if hosted else None
    reply, reducer = make(base_url=_base(case), model=_model(case), offered=offered)
    if chunks is not None or not _is_sse(case):
        reducer.whole(_chunks(case) if chunks is None else chunks)
    else:
        parser = SseParser()
        for piece in pieces or [str(case["response"]["sse_raw"]).encode()]:
            for event in parser.feed(piece):
                reducer.feed(event.data, event.event)
        for event in parser.close():
            reducer.feed(event.data, event.event)
    if not case["streaming"]:
        reducer.done = True
    reducer.finish()
    return reply


def _parts(case: Case) -> list[dict[str, Any]]:
    candidates = [candidate for chunk in _chunks(case) for candidate in (chunk.get("candidates") or [])[:1]]
    return [part for candidate in candidates for part in (candidate.get("content") or {}).get("parts") or ()]


def _check(name: str, case: Case, reply: Reply) -> None:
    parts, hosted = _parts(case), "server_tool:mcpServers" in case["features"]
    blocks = reply.blocks()
    answers = [part["text"] for part in parts if "text" in part and not part.get("thought")]
    thoughts = [part["text"] for part in parts if "text" in part and part.get("thought")]
    assert _text(blocks, BlockKind.LLM_TEXT) == "".join(answers), name
    assert _text(blocks, BlockKind.REASONING) == "".join(thoughts), name
    _check_calls(
        name, blocks, [] if hosted else [part["functionCall"] for part in parts if "functionCall" in part]
    )
    _check_signatures(name, case, blocks, parts)
    _check_rest(name, case, blocks, parts)
    _check_end(name, case, reply, calls=any("functionCall" in part for part in parts) and not hosted)
    _check_usage(name, case, reply)


def _text(blocks: Sequence[Block], kind: BlockKind) -> str:
    return "".join(found.text for found in blocks if found.kind is kind)


def _check_calls(name: str, blocks: Sequence[Block], wire: list[dict[str, Any]]) -> None:
    calls = [found for found in blocks if found.kind is BlockKind.TOOL_CALL]
    assert [(call.payload["name"], call.payload["args"]) for call in calls] == [
        (call["name"], _args(call)) for call in wire
    ], name
    assert all(call.get("id") in (None, found.id) for found, call in zip(calls, wire, strict=True)), name
    assert len({found.id for found in calls}) == len(calls), name


def _args(call: dict[str, Any]) -> Any:
    pieces = {
        piece["jsonPath"].removeprefix("$."): piece["numberValue"] for piece in call.get("partialArgs") or ()
    }
    return pieces or call.get("args") or {}


def _check_signatures(name: str, case: Case, blocks: Sequence[Block], parts: list[dict[str, Any]]) -> None:
    """Each signature stands on the block that has the very content it came with."""
    origin = gemini_origin(_base(case), _model(case))
    kept = [(_content(found, origin.own(found)), _signature(origin.own(found))) for found in blocks]
    expected = [
        (_wire_content(part), part["thoughtSignature"]) for part in parts if "thoughtSignature" in part
    ]
    assert [entry for entry in kept if entry[1]] == expected, name


def _signature(own: dict[str, Any]) -> str:
    return str((own.get("part") or {}).get("thoughtSignature") or "")


def _content(found: Block, own: dict[str, Any]) -> Any:
    if found.kind is BlockKind.OTHER:
        return _wire_content(own.get("part") or {})
    return found.payload["args"] if found.kind is BlockKind.TOOL_CALL else found.text


def _wire_content(part: dict[str, Any]) -> Any:
    if "functionCall" in part:
        return _args(part["functionCall"])
    rest = {name: value for name, value in part.items() if name not in {"thoughtSignature", "text"}}
    return rest or part.get("text")


def _check_rest(name: str, case: Case, blocks: Sequence[Block], parts: list[dict[str, Any]]) -> None:
    """Parts of server tools and generated media are all there, and so are the sources."""
    origin = gemini_origin(_base(case), _model(case))
    kept = [origin.own(found).get("part") for found in blocks if found.kind is BlockKind.OTHER]
    theirs = {"toolCall", "toolResponse", "executableCode", "codeExecutionResult", "functionResponse"}
    assert all(part in kept for part in parts if theirs & part.keys()), name
    media = [part["data"] for found in blocks for part in found.payload.get("parts") or ()]
    assert media == [part["inlineData"]["data"] for part in parts if "inlineData" in part], name
    cited = [source for found in blocks for source in found.payload.get("citations") or ()]
    assert all(source in cited for source in _sources(case)), name


def _sources(case: Case) -> list[Any]:
    candidates = [candidate for chunk in _chunks(case) for candidate in chunk.get("candidates") or ()]
    found: list[Any] = []
    for candidate in candidates:
        found += (candidate.get("groundingMetadata") or {}).get("groundingChunks") or []
        found += (candidate.get("urlContextMetadata") or {}).get("urlMetadata") or []
        quoted = candidate.get("citationMetadata") or {}
        found += quoted.get("citations") or quoted.get("citationSources") or []
    return found


def _check_end(name: str, case: Case, reply: Reply, *, calls: bool) -> None:
    words = [
        candidate.get("finishReason")
        for chunk in _chunks(case)
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


def _check_usage(name: str, case: Case, reply: Reply) -> None:
    snapshots = [chunk["usageMetadata"] for chunk in _chunks(case) if chunk.get("usageMetadata")]
    usage = reply.result.usage
    if not snapshots:
        assert usage is None, name
        return
    assert usage is not None, name
    total = snapshots[-1]["totalTokenCount"]
    assert (usage.input or 0) + (usage.output or 0) == usage.total == total, name
    assert usage.reasoning == snapshots[-1].get("thoughtsTokenCount"), name
    assert usage.cache_read == snapshots[-1].get("cachedContentTokenCount"), name


def test_every_reply_decodes_without_loss(corpus: Path, reader: Make) -> None:
    """Texts, thoughts, calls, ids, signatures, sources, usage and finish class are those of the recording."""
    cases = _replies(corpus)

    for name, case in cases:
        _check(name, case, _decode(case, reader))

    assert len(cases) > 100


def test_cuts_change_nothing(corpus: Path, reader: Make) -> None:
    """However the bytes of a stream are cut, the blocks are the same."""
    for name, case in _streams(corpus):
        raw = str(case["response"]["sse_raw"]).encode()
        cut = _decode(case, reader, list(_cut(raw, random.Random(name))))
        assert _shown(cut) == _shown(_decode(case, reader)), name


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


def test_an_unstreamed_body_gives_the_same(corpus: Path, reader: Make) -> None:
    """The body that a stream stands for, put together from its chunks, gives the same blocks and usage."""
    streams = _streams(corpus)

    for name, case in streams:
        streamed, body = _decode(case, reader), _decode(case, reader, chunks=_whole(_chunks(case)))
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


def test_broken_streams_raise(corpus: Path, reader: Make) -> None:
    """A recorded stream that ends early, is empty or carries an error raises instead of giving half a reply."""
    broken = [case for _, case in _cases(corpus) if case["response"]["status"] == 200 and not _is_reply(case)]

    for case in broken:
        with pytest.raises((ProviderError, TransportError)):
            _decode(case, reader)

    assert len(broken) >= 4


def test_every_cut_before_the_end_is_noticed(corpus: Path, reader: Make) -> None:
    """A stream that loses everything from its finish reason on is an error, never a shorter reply."""
    for name, case in _streams(corpus):
        events = str(case["response"]["sse_raw"]).replace("\r\n", "\n").split("\n\n")
        last = next(place for place, event in enumerate(events) if '"finishReason"' in event)
        kept = "\n\n".join([*events[:last], ""]).encode()
        with pytest.raises(TransportError, match="before the reply was complete"):
            _decode(case, reader, [kept or b"\n"])
        assert name


def test_every_refusal_is_understood(corpus: Path) -> None:
    """Each recorded error body gives an error of the class its status, words and details stand for."""
    refused = [(name, case["response"]) for name, case in _cases(corpus) if case["response"]["status"] >= 400]

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


def test_every_reply_can_be_sent_again(
    corpus: Path, reader: Make, validate: Callable[[str, Any], list[tuple[str, str, str]]]
) -> None:
    """Request, decoded reply and results of its calls make a request that the vendor's schema accepts."""
    cases = [(name, case) for name, case in _replies(corpus) if case["request"]]

    for name, case in cases:
        reply = _decode(case, reader)
        request = _next_request(case, reply)
        problems = validate("gemini", request.body)
        assert [problem for problem in problems if problem[0] != "LINT?"] == [], name
        _check_history(name, case, request)
        _check_replay(name, case, request)

    assert len(cases) > 100


def _next_request(case: Case, reply: Reply) -> Request:
    sent = _sent(case)
    turn = reply.extend(Turn(list(_blocks(case, sent))))
    for call in pending_calls(turn):
        turn.append(block.tool_use(call.id, {"ok": True, "of": call.name}))
    turn.append(block.user("Go on."))
    theirs = [tool for tool in sent.get("tools") or () if "functionDeclarations" not in tool]
    settings = GeminiSettings(
        model=_model(case), base_url=_base(case), server_tools=theirs, safety_settings=sent.get("safetySettings"),
        cached_content=sent.get("cachedContent"),
    )  # fmt: skip
    return build_request(turn, InferenceConfig(), _tools(case), ToolConfig(), settings)


def _tools(case: Case) -> list[ToolDefinition]:
    empty = {"type": "object", "properties": {}}
    return [
        ToolDefinition(
            function["name"],
            function.get("description") or "",
            function.get("parametersJsonSchema") or function.get("parameters") or empty,
            handler=lambda arguments, _context: arguments,
        )
        for function in _declared(case)
    ]


def _blocks(case: Case, sent: dict[str, Any]) -> Iterator[Block]:
    """Write the recorded conversation as blocks; what was signed there belongs to this origin."""
    origin = gemini_origin(_base(case), _model(case))
    for part in (sent.get("systemInstruction") or {}).get("parts") or ():
        yield block.system(part["text"])
    open_calls: list[Block] = []
    for content in sent.get("contents") or ():
        for part in content.get("parts") or ():
            if "functionResponse" in part:
                yield _answer(part["functionResponse"], open_calls)
                continue
            made = _said(part, origin) if content.get("role") == "model" else _asked(part)
            if made.kind is BlockKind.TOOL_CALL:
                open_calls.append(made)
            yield made


def _answer(response: dict[str, Any], open_calls: list[Block]) -> Block:
    call = next(call for call in open_calls if call.payload["name"] == response["name"])
    open_calls.remove(call)
    parts = [_part(part) for part in response.get("parts") or ()]
    return block.tool_use(call.id, response["response"], parts=parts)


def _asked(part: dict[str, Any]) -> Block:
    return block.user(part["text"]) if "text" in part else block.user("", _part(part))


def _part(part: dict[str, Any]) -> dict[str, Any]:
    if "inlineData" in part:
        return {
            "type": "document",
            "media_type": part["inlineData"]["mimeType"],
            "data": part["inlineData"]["data"],
        }
    file = part["fileData"]
    return {"type": "document", "media_type": file.get("mimeType"), "url": file["fileUri"]}


def _said(part: dict[str, Any], origin: Any) -> Block:
    beside = {name: part[name] for name in ("thoughtSignature", "thought") if name in part}
    if "functionCall" in part:
        call = part["functionCall"]
        made = block.tool_call(call["name"], call.get("args") or {})
        opaque = origin.tagged(id=call.get("id") or "", part=beside)
        return made.replace(payload={**made.payload, "opaque": opaque})
    if part.keys() - {"text", "thoughtSignature", "thought"} or not part.get("text"):
        return block.other({"opaque": origin.tagged(part=part)})
    if part.get("thought"):
        return block.reasoning(part["text"], opaque=origin.tagged(part=beside))
    made = block.assistant(part["text"])
    return made.replace(payload={**made.payload, "opaque": origin.tagged(part=beside)}) if beside else made


def _flat(contents: Sequence[dict[str, Any]]) -> list[tuple[str, Any]]:
    """Return who sent which parts in what order, whatever contents they were grouped in."""
    parts = [
        (content.get("role") or "user", part) for content in contents for part in content.get("parts") or ()
    ]
    ids: dict[str, list[str]] = {}
    return [(role, _plain(part, ids)) for role, part in parts]


def _plain(part: dict[str, Any], ids: dict[str, list[str]]) -> dict[str, Any]:
    """Even out what may be left out: empty arguments, and (one recorder's way) the id in an answer."""
    if "functionCall" in part:
        call = part["functionCall"]
        ids.setdefault(call["name"], []).append(call.get("id") or "")
        return {**part, "functionCall": {**call, "args": call.get("args") or {}}}
    if "functionResponse" in part and ids.get(part["functionResponse"]["name"]):
        call_id = ids[part["functionResponse"]["name"]].pop(0)
        return {"functionResponse": {**({"id": call_id} if call_id else {}), **part["functionResponse"]}}
    return part


def _check_history(name: str, case: Case, request: Request) -> None:
    """What was sent once would be sent again, part by part: signatures, ids, order."""
    before, now = _flat(_sent(case).get("contents") or ()), _flat(request.body["contents"])
    assert now[: len(before)] == before, name


def _check_replay(name: str, case: Case, request: Request) -> None:
    """The reply's parts go back as they came; neighbouring plain texts are one, empty ones are left out."""
    count = len(_flat(_sent(case).get("contents") or ()))
    replayed = [part for role, part in _flat(request.body["contents"])[count:] if role == "model"]
    expected: list[dict[str, Any]] = []
    for part in _parts(case):
        last = expected[-1] if expected else {}
        if part.keys() <= {"text", "thought"} and part.keys() == last.keys():
            last["text"] += part["text"]
        elif part != {"text": ""}:
            expected.append(_plain(dict(part), {}))
    for part in expected:
        if "functionCall" in part:
            call = part["functionCall"]
            part["functionCall"] = {**call, "args": _args(call)}
            part["functionCall"].pop("partialArgs", None)
    assert replayed == expected, name
