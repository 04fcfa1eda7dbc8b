"""Cancelling runs of a real provider over real sockets: partial text stays, connections do not."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.errors import RunCancelled
from geppetto.events import Collector, TextDelta, is_terminal
from geppetto.inference import Session
from geppetto.testing import Exchange, ReplayServer
from geppetto.transport import HttpTransport

RUNS = 400
AT_ONCE = 20


def _answer(words: int, **options: Any) -> Exchange:
    chunks = [{"choices": [{"index": 0, "delta": {"content": f"word{n} "}}]} for n in range(words)]
    chunks.append({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]})
    events = [f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks]
    return Exchange(
        headers={"content-type": "text/event-stream"}, chunks=[*events, b"data: [DONE]\n\n"], **options
    )


def _session(host: Host, server: ReplayServer, *sinks: Collector) -> Session:
    engine = host.engine("openai", model="m", base_url=f"{server.url}/v1")
    return host.create_session(engine=engine, sinks=sinks)


async def test_a_cancel_in_the_middle_keeps_the_text_and_closes_the_socket(tmp_path: Path) -> None:
    """The partial reply stands in the turn, there is one terminal event, and the server sees the connection end."""
    seen = Collector()
    async with (
        ReplayServer([_answer(5, hang_after=2)]) as server,
        Host(env={"GEPPETTO_HOME": str(tmp_path)}, allow_local=True) as host,
    ):
        session = _session(host, server, seen)
        handle = session.start("go")
        async for event in handle.events():
            if isinstance(event, TextDelta) and "word1" in event.delta:
                break

        handle.cancel()
        with pytest.raises(RunCancelled) as caught:
            await handle
        closed = await server.closed(5)

    assert closed
    assert caught.value.turn is not None
    assert caught.value.turn.blocks[-1].payload == {"text": "word0 word1 ", "partial": True}
    assert [event.type for event in seen.events if is_terminal(event)] == ["run-stopped"]
    assert session.latest == caught.value.turn


async def _one(host: Host, server: ReplayServer, dice: random.Random) -> list[bool]:
    """Run, cancel at a random moment, and return for each event whether it was terminal."""
    seen = Collector()
    handle = _session(host, server, seen).start("go")
    await asyncio.sleep(dice.random() * 0.06)
    handle.cancel()
    await handle.ended()
    return [is_terminal(event) for event in seen.events]


async def test_random_cancels_leave_no_socket_beyond_the_idle_pool(tmp_path: Path) -> None:
    """After hundreds of cancels the server counts no more connections than the pool keeps, and none after closing."""
    dice = random.Random(7)
    async with ReplayServer([_answer(6, delay=0.004) for _ in range(RUNS)]) as server:
        transport = HttpTransport(allow_local=True)
        host = Host(env={"GEPPETTO_HOME": str(tmp_path)}, transport=transport)
        for _ in range(RUNS // AT_ONCE):
            batch = await asyncio.gather(*(_one(host, server, dice) for _ in range(AT_ONCE)))
            assert all(flags.count(True) == 1 and flags[-1] for flags in batch)
        kept = transport.open_connections()
        while server.connections_open > kept:  # noqa: ASYNC110  # it hears of a closed socket a moment later
            await asyncio.sleep(0.01)
        tasks = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

        await host.aclose()
        closed = await server.closed(5)

    assert kept <= AT_ONCE
    assert tasks == []
    assert closed
