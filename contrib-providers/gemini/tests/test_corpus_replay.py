"""Recorded exchanges, outside the repository: every reply can be sent again, as the vendor wants it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from geppetto.engine import InferenceConfig, Reply, ToolConfig
from geppetto.tooling import ToolDefinition
from geppetto.turns import Block, BlockKind, Turn, block, pending_calls
from geppetto_provider_gemini.request import Request, build_request
from geppetto_provider_gemini.settings import GeminiSettings

Case = dict[str, Any]


def test_every_reply_can_be_sent_again(
    recorded: Any, validate: Callable[[str, Any], list[tuple[str, str, str]]]
) -> None:
    """Request, decoded reply and results of its calls make a request that the vendor's schema accepts."""
    cases = [(name, case) for name, case in recorded.replies() if case["request"]]

    for name, case in cases:
        reply = recorded.decode(case)
        request = _next_request(recorded, case, reply)
        problems = validate("gemini", request.body)
        assert [problem for problem in problems if problem[0] != "LINT?"] == [], name
        _check_history(recorded, name, case, request)
        _check_replay(recorded, name, case, request)

    assert len(cases) > 100


def _next_request(recorded: Any, case: Case, reply: Reply) -> Request:
    sent = recorded.sent(case)
    turn = reply.extend(Turn(list(_blocks(recorded, case, sent))))
    for call in pending_calls(turn):
        turn.append(block.tool_use(call.id, {"ok": True, "of": call.name}))
    turn.append(block.user("Go on."))
    theirs = [tool for tool in sent.get("tools") or () if "functionDeclarations" not in tool]
    settings = GeminiSettings(
        model=recorded.model(case), base_url=recorded.base(case), server_tools=theirs, safety_settings=sent.get("safetySettings"),
        cached_content=sent.get("cachedContent"),
    )  # fmt: skip
    return build_request(turn, InferenceConfig(), _tools(recorded, case), ToolConfig(), settings)


def _tools(recorded: Any, case: Case) -> list[ToolDefinition]:
    empty = {"type": "object", "properties": {}}
    return [
        ToolDefinition(
            function["name"],
            function.get("description") or "",
            function.get("parametersJsonSchema") or function.get("parameters") or empty,
            handler=lambda arguments, _context: arguments,
        )
        for function in recorded.declared(case)
    ]


def _blocks(recorded: Any, case: Case, sent: dict[str, Any]) -> Iterator[Block]:
    """Write the recorded conversation as blocks; what was signed there belongs to this origin."""
    origin = recorded.origin(case)
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


def _check_history(recorded: Any, name: str, case: Case, request: Request) -> None:
    """What was sent once would be sent again, part by part: signatures, ids, order."""
    before, now = _flat(recorded.sent(case).get("contents") or ()), _flat(request.body["contents"])
    assert now[: len(before)] == before, name


def _check_replay(recorded: Any, name: str, case: Case, request: Request) -> None:
    """The reply's parts go back as they came; neighbouring plain texts are one, empty ones are left out."""
    count = len(_flat(recorded.sent(case).get("contents") or ()))
    replayed = [part for role, part in _flat(request.body["contents"])[count:] if role == "model"]
    expected: list[dict[str, Any]] = []
    for part in recorded.parts(case):
        last = expected[-1] if expected else {}
        if part.keys() <= {"text", "thought"} and part.keys() == last.keys():
            last["text"] += part["text"]
        elif part != {"text": ""}:
            expected.append(_plain(dict(part), {}))
    for part in expected:
        if "functionCall" in part:
            call = part["functionCall"]
            part["functionCall"] = {**call, "args": recorded.arguments(call)}
            part["functionCall"].pop("partialArgs", None)
    assert replayed == expected, name
