"""One conversation with two tool calls, on all four engines, and handed from any to any in the middle."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.testing import CannedTransport, Exchange, run_context
from geppetto.tooling import ToolDefinition
from geppetto.turns import BlockKind, Turn, block

CITIES = {"Oslo": "rain", "Rome": "sun"}
ENGINES = ("openai", "openai-responses", "claude", "gemini")
SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}


def _openai(text: str, calls: list[str]) -> Any:
    wire = [
        {
            "id": f"call_{city}",
            "type": "function",
            "function": {"name": "weather_lookup", "arguments": json.dumps({"city": city})},
        }
        for city in calls
    ]
    message = {"role": "assistant", "content": text or None, **({"tool_calls": wire} if wire else {})}
    return {
        "id": "c",
        "model": "m",
        "choices": [{"message": message, "finish_reason": "tool_calls" if wire else "stop"}],
    }


def _responses(text: str, calls: list[str]) -> Any:
    said: list[Any] = [{"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "ENCRYPTED"}]
    said += [
        {"id": f"fc_{city}", "type": "function_call", "status": "completed", "call_id": f"call_{city}",
         "name": "weather_lookup", "arguments": json.dumps({"city": city})}
        for city in calls
    ]  # fmt: skip
    if text:
        part = {"type": "output_text", "text": text, "annotations": []}
        said.append(
            {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
        )
    return {"id": "r", "object": "response", "model": "m", "status": "completed", "output": said}


def _claude(text: str, calls: list[str]) -> Any:
    content: list[Any] = [{"type": "thinking", "thinking": "hm", "signature": "SIGNED"}]
    content += [{"type": "text", "text": text}] if text else []
    content += [
        {"type": "tool_use", "id": f"toolu_{city}", "name": "weather_lookup", "input": {"city": city}}
        for city in calls
    ]
    word = "tool_use" if calls else "end_turn"
    return {
        "id": "m",
        "type": "message",
        "role": "assistant",
        "model": "m",
        "content": content,
        "stop_reason": word,
    }


def _gemini(text: str, calls: list[str]) -> Any:
    parts: list[Any] = [{"text": text}] if text else []
    for place, city in enumerate(calls):
        signed = {} if place else {"thoughtSignature": "VEhPVUdIVA=="}
        parts.append({"functionCall": {"name": "weather.lookup", "args": {"city": city}}, **signed})
    return {
        "candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP"}],
        "modelVersion": "m",
    }


ANSWERS = {"openai": _openai, "openai-responses": _responses, "claude": _claude, "gemini": _gemini}
MODELS = {
    "openai": "gpt-4o",
    "openai-responses": "gpt-5",
    "claude": "claude-sonnet-4-5",
    "gemini": "gemini-3-flash",
}
#: what each engine keeps of its own and no other may get
OWN = {
    "openai": "no-such-thing",
    "openai-responses": "ENCRYPTED",
    "claude": "SIGNED",
    "gemini": "VEhPVUdIVA==",
}


def _weather() -> ToolDefinition:
    def look(arguments: Any, _context: Any) -> Any:
        return {"sky": CITIES[arguments["city"]]}

    return ToolDefinition("weather.lookup", "Tell the weather of a city.", SCHEMA, look)


def _run(folder: Path, name: str, given: Turn, *answers: Any) -> tuple[Turn, list[Any]]:
    """Run the tool loop on an engine whose vendor answers from a script; return the turn and the requests."""
    canned = CannedTransport([Exchange(body=answer) for answer in answers])
    with Host(env={"GEPPETTO_HOME": str(folder)}, transport=canned) as host:
        engine = host.engine(name, model=MODELS[name], api_key="k", stream=False)
        completed = host.create_session(engine=engine, tools=[_weather()]).run(given)
    canned.assert_all_used()
    return completed, [request.json for request in canned.requests]


def _start(folder: Path, name: str) -> Turn:
    """Have a conversation of two parallel calls and an answer."""
    make = ANSWERS[name]
    given = Turn().append(block.system("Be brief."), block.user("Oslo and Rome?"))
    completed, _ = _run(folder, name, given, make("Looking.", ["Oslo", "Rome"]), make("Rain and sun.", []))
    return completed


@pytest.mark.parametrize("name", ENGINES)
def test_each_engine_has_the_conversation(name: str, tmp_path: Path) -> None:
    """Two calls under our own name, answered in one round, then the reply."""
    completed = _start(tmp_path, name)

    calls, results = completed.of_kind(BlockKind.TOOL_CALL), completed.of_kind(BlockKind.TOOL_USE)
    assert [(call.payload["name"], call.payload["args"]["city"]) for call in calls] == [
        ("weather.lookup", "Oslo"),
        ("weather.lookup", "Rome"),
    ]
    assert [result.payload["result"]["sky"] for result in results] == ["rain", "sun"]
    assert completed.of_kind(BlockKind.LLM_TEXT)[-1].text == "Rain and sun."


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(ENGINES, 2)))
def test_it_moves_from_any_engine_to_any(first: str, second: str, tmp_path: Path) -> None:
    """Texts, calls and answers go along; what only the first vendor can read stays behind and is told."""
    begun = _start(tmp_path, first)

    moved, requests = _run(
        tmp_path,
        second,
        begun.append(block.user("And again?")),
        ANSWERS[second]("", ["Oslo"]),
        ANSWERS[second]("Still rain.", []),
    )

    sent = json.dumps(requests[0])
    assert OWN[first] not in sent
    assert all(part in sent for part in ("Oslo and Rome?", "Rain and sun.", "sun", "And again?"))
    result = moved.metadata.get(INFERENCE_RESULT)
    assert result is not None
    kept = [found.id for found in begun.blocks if found.kind is BlockKind.REASONING]
    assert set(kept) <= set(result.dropped_blocks)
    assert moved.of_kind(BlockKind.LLM_TEXT)[-1].text == "Still rain."


@pytest.mark.parametrize(("first", "second"), list(itertools.permutations(ENGINES, 2)))
def test_it_moves_in_the_middle_of_a_round(first: str, second: str, tmp_path: Path) -> None:
    """Calls of one vendor are answered to another, which goes on; then it moves back."""
    given = Turn().append(block.user("Oslo and Rome?"))
    canned = CannedTransport([Exchange(body=ANSWERS[first]("", ["Oslo", "Rome"]))])
    with Host(env={"GEPPETTO_HOME": str(tmp_path)}, transport=canned) as host:
        engine = host.engine(first, model=MODELS[first], api_key="k", stream=False)
        called = asyncio.run(engine.run_inference(run_context(tools=[_weather()]), given))
    for call in called.of_kind(BlockKind.TOOL_CALL):
        called = called.append(block.tool_use(call.payload["id"], {"sky": "rain"}))

    moved, requests = _run(tmp_path, second, called, ANSWERS[second]("It rains.", []))
    back, again = _run(tmp_path, first, moved.append(block.user("Sure?")), ANSWERS[first]("Yes.", []))

    assert OWN[first] not in json.dumps(requests[0])
    assert OWN[second] not in json.dumps(again[0])
    assert first == "openai" or OWN[first] in json.dumps(again[0])
    assert back.of_kind(BlockKind.LLM_TEXT)[-1].text == "Yes."


def test_every_request_of_a_handover_is_valid(corpus: Path, tmp_path: Path) -> None:
    """By the vendors' published schemas, where the checker is at hand."""
    import importlib.util
    import warnings

    path = corpus.parent / "tools" / "validate_request.py"
    if not path.exists():
        pytest.skip("no request checker beside the corpus")
    spec = importlib.util.spec_from_file_location("validate_request", path)
    assert spec is not None
    assert spec.loader is not None
    checker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(checker)
    names = {
        "openai": "openai_chat",
        "openai-responses": "openai_responses",
        "claude": "anthropic",
        "gemini": "gemini",
    }

    for first, second in itertools.permutations(ENGINES, 2):
        given = _start(tmp_path, first).append(block.user("And?"))
        _, requests = _run(tmp_path, second, given, ANSWERS[second]("", ["Oslo"]), ANSWERS[second]("Ok.", []))
        for body in requests:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)
                problems = checker.validate(names[second], body)
            assert [found for found in problems if found[0] not in {"BETA", "LINT?"}] == [], (first, second)
