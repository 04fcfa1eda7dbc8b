"""The engine `openai-responses` over a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.errors import ProviderError, RunCancelled
from geppetto.events import TextDelta
from geppetto.testing import Exchange, ReplayServer

MESSAGE = {
    "id": "msg_1",
    "type": "message",
    "role": "assistant",
    "content": [{"type": "output_text", "text": "42", "annotations": []}],
}
CALL = {
    "id": "fc_1",
    "type": "function_call",
    "call_id": "c1",
    "name": "calculator",
    "arguments": '{"expression":"6*7"}',
}
REASONING = {"id": "rs_1", "type": "reasoning", "summary": [], "encrypted_content": "gAAA"}


def _streamed(*items: dict[str, Any], **options: Any) -> Exchange:
    events: list[dict[str, Any]] = [{"type": "response.created", "response": {"id": "r", "model": "m-1"}}]
    for index, item in enumerate(items):
        events.append(
            {"type": "response.output_item.added", "output_index": index, "item": {**item, "content": []}}
        )
        if item["type"] == "message":
            events.append(
                {
                    "type": "response.output_text.delta",
                    "output_index": index,
                    "delta": item["content"][0]["text"],
                }
            )
        events.append({"type": "response.output_item.done", "output_index": index, "item": item})
    events.append({"type": "response.completed", "response": {"status": "completed", "output": list(items)}})
    chunks = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]
    return Exchange(headers={"content-type": "text/event-stream"}, chunks=chunks, **options)


async def test_a_tool_round_trip_sends_the_reasoning_back(tmp_path: Path) -> None:
    """The second request has reasoning, call and result; the answer is the message."""
    async with (
        ReplayServer([_streamed(REASONING, CALL), _streamed(MESSAGE)]) as server,
        Host(env={"GEPPETTO_HOME": str(tmp_path)}, allow_local=True) as host,
    ):
        engine = host.engine("openai_responses", model="m", base_url=f"{server.url}/v1")

        completed = await host.create_session(engine=engine, tools=["calculator"]).run_async("6*7?")

        second = server.requests[1]
        server.assert_all_used()
    assert completed.text == "42"
    assert second.path == "/v1/responses"
    assert second.json["input"][1:] == [
        REASONING,
        CALL,
        {"type": "function_call_output", "call_id": "c1", "output": "42"},
    ]


async def test_an_unstreamed_reply_reads_the_same(tmp_path: Path) -> None:
    """`stream: false` asks for a body."""
    body = {"id": "r", "model": "m-1", "status": "completed", "output": [MESSAGE]}
    async with (
        ReplayServer([Exchange(body=body)]) as server,
        Host(env={"GEPPETTO_HOME": str(tmp_path)}, allow_local=True) as host,
    ):
        engine = host.engine("openai-responses", model="m", base_url=f"{server.url}/v1", stream=False)

        completed = await host.create_session(engine=engine).run_async("hi")

    assert completed.text == "42"


async def test_a_cancel_closes_the_connection_and_keeps_the_text(tmp_path: Path) -> None:
    """A hanging stream is left at once."""
    async with (
        ReplayServer([_streamed(MESSAGE, hang_after=3)]) as server,
        Host(env={"GEPPETTO_HOME": str(tmp_path)}, allow_local=True) as host,
    ):
        engine = host.engine("openai-responses", model="m", base_url=f"{server.url}/v1")
        handle = host.create_session(engine=engine).start("hi")
        async for event in handle.events():
            if isinstance(event, TextDelta):
                break

        handle.cancel()
        with pytest.raises(RunCancelled) as caught:
            await handle
        closed = await server.closed(5)

    assert closed
    assert caught.value.turn is not None
    assert caught.value.turn.text == "42"


async def test_an_error_of_the_vendor_has_its_class(tmp_path: Path) -> None:
    """A refusal of the request is a provider error with the vendor's words."""
    error = {"error": {"message": "no such thing", "type": "invalid_request_error", "code": None}}
    async with (
        ReplayServer([Exchange(status=400, body=error)]) as server,
        Host(env={"GEPPETTO_HOME": str(tmp_path)}, allow_local=True) as host,
    ):
        engine = host.engine("openai-responses", model="m", base_url=f"{server.url}/v1")

        with pytest.raises(ProviderError, match="no such thing"):
            await host.create_session(engine=engine).run_async("hi")
