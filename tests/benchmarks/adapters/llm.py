"""llm, through its Python API and the OpenAI models that come with it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from llm.default_plugins.openai_models import AsyncChat, Chat

from benchmarks.adapters.common import MODEL, PROMPT, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["ask", "ask_async", "connect", "open_async", "stream_async", "use_tools"]


def _options(url: str) -> dict[str, Any]:
    return {"key": "k", "model_name": MODEL, "api_base": f"{url}/v1", "supports_tools": True}


def connect(url: str) -> Any:
    """Return the blocking model."""
    return Chat("m", **_options(url))


def ask(client: Any) -> str:
    """Make one request."""
    return client.prompt(PROMPT, stream=False, key="k").text()


def open_async(url: str) -> Any:
    """Return the async model."""
    return AsyncChat("m", **_options(url))


async def ask_async(client: Any) -> str:
    """Make one request."""
    return await client.prompt(PROMPT, stream=False, key="k").text()


async def stream_async(client: Any) -> AsyncIterator[str]:
    """Make one request and give the deltas."""
    async for delta in client.prompt(PROMPT, key="k"):
        if delta:
            yield delta


def use_tools(client: Any) -> str:
    """Run a chain, its tool loop."""
    return client.chain(PROMPT, tools=[get_weather], stream=False, key="k").text()
