"""haystack: its OpenAI chat generator, and its Agent for tools."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from haystack.components.generators.chat import OpenAIChatGenerator
from haystack.dataclasses import ChatMessage
from haystack.utils import Secret

from benchmarks.adapters.common import MODEL, PROMPT, REPLY, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["ask", "ask_async", "connect", "in_process", "open_async", "stream_async", "use_tools"]

LAYERED = False


def connect(url: str) -> Any:
    """Return the generator, for the tool row an agent on it."""
    key = Secret.from_token("k")
    generator = OpenAIChatGenerator(api_key=key, model=MODEL, api_base_url=f"{url}/v1", max_retries=0)
    if not url.endswith("/tool"):
        return generator
    from haystack.components.agents import Agent
    from haystack.tools import create_tool_from_function

    return Agent(chat_generator=generator, tools=[create_tool_from_function(get_weather)])


def ask(client: Any) -> str:
    """Make one request."""
    return client.run([ChatMessage.from_user(PROMPT)])["replies"][0].text


open_async = connect


async def ask_async(client: Any) -> str:
    """Make one request."""
    return (await client.run_async([ChatMessage.from_user(PROMPT)]))["replies"][0].text


async def stream_async(client: Any) -> AsyncIterator[str]:
    """Make one request and give the deltas, which haystack hands to a callback."""
    queue: asyncio.Queue[str | None] = asyncio.Queue()

    async def take(chunk: Any) -> None:
        if chunk.content:
            queue.put_nowait(chunk.content)

    async def run() -> None:
        try:
            await client.run_async([ChatMessage.from_user(PROMPT)], streaming_callback=take)
        finally:
            queue.put_nowait(None)

    task = asyncio.create_task(run())
    try:
        while (delta := await queue.get()) is not None:
            yield delta
        await task
    finally:
        task.cancel()


def use_tools(client: Any) -> str:
    """Run the agent."""
    return client.run(messages=[ChatMessage.from_user(PROMPT)])["messages"][-1].text


def in_process(layers: int) -> Callable[[], Awaitable[Any]]:
    """Return a run of the mock generator; there are no layers."""
    assert not layers
    from haystack.components.generators.chat.mock import MockChatGenerator

    generator = MockChatGenerator(REPLY)
    return lambda: generator.run_async([ChatMessage.from_user(PROMPT)])
