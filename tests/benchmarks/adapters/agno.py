"""agno: an Agent on its OpenAI model, without telemetry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agno.agent import Agent
from agno.models.openai import OpenAIChat

from benchmarks.adapters.common import MODEL, PROMPT, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["ask", "ask_async", "connect", "open_async", "stream_async", "use_tools"]


def connect(url: str) -> Any:
    """Return an agent; it is blocking and async at once."""
    model = OpenAIChat(id=MODEL, api_key="k", base_url=f"{url}/v1", max_retries=0)
    return Agent(model=model, tools=[get_weather] if url.endswith("/tool") else None, telemetry=False)


def ask(client: Any) -> str:
    """Run once in plain code."""
    return client.run(PROMPT).content


open_async = connect


async def ask_async(client: Any) -> str:
    """Run once."""
    return (await client.arun(PROMPT)).content


async def stream_async(client: Any) -> AsyncIterator[str]:
    """Run once and give the deltas."""
    async for event in client.arun(PROMPT, stream=True):
        if event.content:
            yield event.content


use_tools = ask
