"""pydantic-ai: an Agent on its OpenAI model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic_ai import Agent
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.models.test import TestModel
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.providers.openai import OpenAIProvider

from benchmarks.adapters.common import MODEL, PROMPT, REPLY, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["ask", "ask_async", "connect", "in_process", "open_async", "stream_async", "use_tools"]


def connect(url: str) -> Any:
    """Return an agent; it is blocking and async at once."""
    model = OpenAIChatModel(MODEL, provider=OpenAIProvider(base_url=f"{url}/v1", api_key="k"))
    return Agent(model, tools=[get_weather] if url.endswith("/tool") else [])


def ask(client: Any) -> str:
    """Run once in plain code."""
    return client.run_sync(PROMPT).output


open_async = connect


async def ask_async(client: Any) -> str:
    """Run once."""
    return (await client.run(PROMPT)).output


async def stream_async(client: Any) -> AsyncIterator[str]:
    """Run once and give the deltas as they come."""
    async with client.run_stream(PROMPT) as run:
        async for delta in run.stream_text(delta=True, debounce_by=None):
            yield delta


use_tools = ask


def in_process(layers: int) -> Callable[[], Awaitable[Any]]:
    """Return a run of the test model; a layer is a model that wraps a model."""
    model: Any = TestModel(custom_output_text=REPLY)
    for _ in range(layers):
        model = WrapperModel(model)
    agent = Agent(model)
    return lambda: agent.run(PROMPT)
