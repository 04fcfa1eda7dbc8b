"""The google-genai SDK, on generateContent, with its own tool loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from google import genai
from google.genai import types

from benchmarks.adapters.common import PROMPT, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["ask", "ask_async", "connect", "open_async", "stream_async", "use_tools"]

_MODEL = "gemini-2.0-flash"


def connect(url: str) -> Any:
    """Return the client, which is blocking and async at once; its own pool ends at 100 connections."""
    return genai.Client(api_key="k", http_options=types.HttpOptions(base_url=url))


def ask(client: Any) -> str:
    """Make one request."""
    return client.models.generate_content(model=_MODEL, contents=PROMPT).text


open_async = connect


async def ask_async(client: Any) -> str:
    """Make one request."""
    return (await client.aio.models.generate_content(model=_MODEL, contents=PROMPT)).text


async def stream_async(client: Any) -> AsyncIterator[str]:
    """Make one request and give the deltas."""
    async for chunk in await client.aio.models.generate_content_stream(model=_MODEL, contents=PROMPT):
        if chunk.text:
            yield chunk.text


def use_tools(client: Any) -> str:
    """Run the SDK's automatic function calling."""
    config = types.GenerateContentConfig(tools=[get_weather])
    return client.models.generate_content(model=_MODEL, contents=PROMPT, config=config).text
