"""Ours: sessions of a host, over the OpenAI provider's Chat Completions and over the echo engine.

In the environment of `geppetto[fast]` the loop is uvloop's; the other parts of it are found by the core itself.
"""

from __future__ import annotations

import importlib
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from geppetto import Host

from benchmarks.adapters.common import MODEL, PROMPT, REPLY, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from geppetto import RunContext, Session, Turn

__all__ = ["LOOP", "ask", "ask_async", "connect", "in_process", "open_async", "stream_async", "use_tools"]


LOOP: Callable[[], Any] | None = None
with suppress(ImportError):
    LOOP = importlib.import_module("uvloop").new_event_loop


def connect(url: str) -> Session:
    """Return a session; each request is a conversation of its own."""
    host = Host(allow_local=True, loop_factory=LOOP)
    engine = host.engine("openai", model=MODEL, base_url=f"{url}/v1", api_key="k", stream=False)
    return host.create_session(engine=engine, tools=[get_weather] if url.endswith("/tool") else None)


def ask(client: Session) -> str:
    """Run once in plain code."""
    return client.fresh().run(PROMPT).text


def open_async(url: str) -> Session:
    """Return a session; streams where the row streams."""
    host = Host(allow_local=True, loop_factory=LOOP)
    streams = not url.endswith("/plain")
    engine = host.engine("openai", model=MODEL, base_url=f"{url}/v1", api_key="k", stream=streams)
    return host.create_session(engine=engine)


async def ask_async(client: Session) -> str:
    """Run once."""
    return (await client.fresh().run_async(PROMPT)).text


async def stream_async(client: Session) -> AsyncIterator[str]:
    """Run once and give the deltas."""
    async with client.fresh().start(PROMPT) as handle:
        async for event in handle.events():
            if event.type == "text-delta":
                yield event.delta  # type: ignore[attr-defined]  # that is what the type says


def use_tools(client: Session) -> str:
    """Run the tool loop."""
    return client.fresh().run(PROMPT).text


def in_process(layers: int) -> Callable[[], Awaitable[Any]]:
    """Return a run of the echo engine: ids, events, history and one terminal event."""
    from geppetto.builtin.echo import EchoEngine

    host = Host(plugins=False)
    session = host.create_session(engine=EchoEngine(REPLY), middlewares=[_layer] * layers)
    return lambda: session.fresh().run_async(PROMPT)


async def _layer(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
    reply: Turn = await call_next(ctx, turn)
    return reply
