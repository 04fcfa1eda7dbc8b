"""Recorded Responses exchanges: every reply decodes without loss and goes back as it came."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from geppetto.engine import InferenceConfig, Reply, ToolConfig
from geppetto.errors import AuthenticationFailed, GeppettoError, ProviderError, RateLimited
from geppetto.testing import run_context
from geppetto.tooling import ToolNames
from geppetto.transport import SseParser
from geppetto.turns import Turn, block, pending_calls, thaw
from geppetto_provider_openai.errors import ERRORS
from geppetto_provider_openai.origin import responses_origin
from geppetto_provider_openai.responses.request import build_request
from geppetto_provider_openai.responses.settings import ResponsesSettings
from geppetto_provider_openai.responses.stream import Reducer

OPENAI = "https://api.openai.com/v1"
BROKEN = {"mid_stream_error", "truncated_stream", "sse:bad_json", "empty_stream"}


def _cases(corpus: Path) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for api in ("openai_responses", "openai_compat"):
        for path in sorted((corpus / api).glob("*.json")):
            case = json.loads(path.read_text("utf-8"))
            if case["api"] == "responses" and case["response"] and case["response"]["status"] == 200:
                found.append((path.stem, case))
    return found


def _is_reply(case: dict[str, Any]) -> bool:
    body = case["response"].get("body")
    is_response = isinstance(body, dict) and isinstance(body.get("output"), list)
    background = is_response and body.get("status") in {"queued", "in_progress"}
    return ("sse_raw" in case["response"] or (is_response and not background)) and not BROKEN & set(
        case["features"]
    )


def _replies(corpus: Path) -> list[tuple[str, dict[str, Any]]]:
    return [(name, case) for name, case in _cases(corpus) if _is_reply(case)]


def _model(case: dict[str, Any]) -> str:
    return str(((case["request"] or {}).get("body") or {}).get("model") or "gpt-test")


def _decode(case: dict[str, Any], piece: int = 0) -> Reply:
    model = _model(case)
    reply = Reply(run_context(), provider="openai-responses", model=model)
    reply.start()
    reducer = Reducer(reply, names=ToolNames([]), origin=responses_origin(OPENAI, model))
    if "sse_raw" in case["response"]:
        raw, parser = case["response"]["sse_raw"].encode(), SseParser()
        step = piece or len(raw) or 1
        batches = [parser.feed(raw[at : at + step]) for at in range(0, len(raw), step)]
        for event in [event for batch in [*batches, parser.close()] for event in batch]:
            reducer.feed(event.data, event.event)
    else:
        reducer.whole(case["response"]["body"])
    reducer.finish()
    return reply


def _final(case: dict[str, Any]) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Read items and response of a recording in the simplest way."""
    response = case["response"]
    if "sse_raw" not in response:
        return response["body"]["output"], response["body"]
    items: dict[int, dict[str, Any]] = {}
    final: dict[str, Any] = {}
    for line in response["sse_raw"].replace("\r\n", "\n").split("\n"):
        if line.startswith("data:") and "{" in line:
            event = json.loads(line[5:])
            if event["type"] == "response.output_item.done":
                items[event["output_index"]] = event["item"]
            elif event["type"] in {"response.completed", "response.incomplete"}:
                final = event["response"]
                break  # one recording holds two replies; the first one is the answer
    for index, item in enumerate(final.get("output") or []):
        items.setdefault(index, item)
    return [items[index] for index in sorted(items)], final


def _said(item: dict[str, Any]) -> str:
    return "".join(part.get("text") or part.get("refusal") or "" for part in item.get("content") or ())


def test_every_reply_decodes_without_loss(corpus: Path) -> None:
    """Items, texts, calls, usage and finish class are those of the recording, streamed or not, however it is cut."""
    replies = _replies(corpus)

    for name, case in replies:
        items, final = _final(case)
        for piece in (0, 7):
            reply = _decode(case, piece)
            assert all("opaque" in b.payload for b in reply.blocks()), name
            kept = [thaw(b.payload["opaque"]["item"]) for b in reply.blocks()]
            texts = [b.text for b in reply.blocks() if b.kind == "llm_text"]
            calls = [b.payload["id"] for b in reply.blocks() if b.kind == "tool_call"]
            key = [json.dumps(item) for item in kept]
            assert sorted(key) == sorted(json.dumps(item) for item in items), name
            assert texts == [_said(item) for item in items if item["type"] == "message"], name
            assert calls == [
                i["call_id"] for i in items if i["type"] in {"function_call", "custom_tool_call"}
            ], name
            _check_usage(name, reply, final)

    assert len(replies) > 100


def _check_usage(name: str, reply: Reply, final: dict[str, Any]) -> None:
    raw, usage = final.get("usage"), reply.result.usage
    if raw:
        assert usage is not None, name
        assert (usage.input or 0) + (usage.output or 0) == raw["total_tokens"] == usage.total, name
    status = final.get("status")
    if status == "incomplete":
        assert reply.result.finish_class in {"max_tokens", "content_filtered"}, name
    else:
        assert reply.result.finish_class in {"completed", "tool_calls_pending", "refused"}, name


def test_what_came_goes_back_as_it_came_and_passes_the_vendors_schema(
    corpus: Path, validate: Callable[[str, Any], list[Any]]
) -> None:
    """A decoded turn makes a valid request, in which every item that may go back is the recorded one."""
    bad: dict[str, Any] = {}
    checked = 0
    for name, case in _replies(corpus):
        reply, model = _decode(case), _model(case)
        turn = reply.extend(Turn([block.user("hi")]))
        for call in pending_calls(turn):
            turn.append(block.tool_use(call.id, "done"))
        settings = ResponsesSettings(model=model)
        request = build_request(turn, InferenceConfig(), (), ToolConfig(), settings)
        recorded = [json.dumps(item) for item in _final(case)[0]]
        assert all(json.dumps(i) in recorded for i in request.body["input"] if i.get("id")), name
        problems = [found for found in validate("openai_responses", request.body) if found[0] != "LINT?"]
        checked += 1
        if problems:
            bad[name] = problems
    assert checked > 100
    assert bad == {}


def test_refusals_of_requests_have_their_class(corpus: Path) -> None:
    """Recorded error bodies map to authentication, rate limits and the rest."""
    seen = []
    for path in sorted((corpus / "openai_responses").glob("*.json")):
        response = json.loads(path.read_text("utf-8"))["response"]
        if not response or response["status"] == 200:
            continue
        body = response.get("body", response.get("body_text", ""))
        raw = body if isinstance(body, str) else json.dumps(body)
        error = ERRORS.classify(response["status"], response.get("headers") or {}, raw.encode())
        seen.append((response["status"], type(error)))

    wanted = {401: AuthenticationFailed, 429: RateLimited}
    assert len(seen) >= 9
    assert [kind for status, kind in seen] == [wanted.get(status, ProviderError) for status, kind in seen]


def test_broken_streams_and_errors_raise(corpus: Path) -> None:
    """A stream that breaks off or carries an error never passes as a reply."""
    broken = [(name, case) for name, case in _cases(corpus) if BROKEN & set(case["features"])]

    for name, case in broken:
        with pytest.raises(GeppettoError, match=r"\w+"):  # noqa: PT012  # the name tells which one did not
            _decode(case)
            pytest.fail(name)
    assert broken
