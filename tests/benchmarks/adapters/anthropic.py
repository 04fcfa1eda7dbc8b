"""The anthropic SDK, on Messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import anthropic

from benchmarks.adapters.common import MESSAGES, TOOL, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["ask", "ask_async", "connect", "open_async", "stream_async", "use_tools"]

_ASKED: dict[str, Any] = {"model": "claude-sonnet-4-5", "max_tokens": 100}
_FUNCTION = TOOL["function"]
_TOOL = {
    "name": _FUNCTION["name"],
    "description": _FUNCTION["description"],
    "input_schema": _FUNCTION["parameters"],
}


def connect(url: str) -> Any:
    """Return the blocking client."""
    return anthropic.Anthropic(base_url=url, api_key="k", max_retries=0)


def ask(client: Any) -> str:
    """Make one request."""
    return client.messages.create(**_ASKED, messages=MESSAGES).content[0].text


def open_async(url: str) -> Any:
    """Return the async client with its own pool."""
    return anthropic.AsyncAnthropic(base_url=url, api_key="k", max_retries=0)


async def ask_async(client: Any) -> str:
    """Make one request."""
    return (await client.messages.create(**_ASKED, messages=MESSAGES)).content[0].text


async def stream_async(client: Any) -> AsyncIterator[str]:
    """Make one request and give the deltas."""
    async with client.messages.stream(**_ASKED, messages=MESSAGES) as stream:
        async for delta in stream.text_stream:
            yield delta


def use_tools(client: Any) -> str:
    """Loop until the model calls no more tools: the SDK leaves that to its user."""
    messages = list(MESSAGES)
    while True:
        reply = client.messages.create(**_ASKED, messages=messages, tools=[_TOOL])
        uses = [block for block in reply.content if block.type == "tool_use"]
        if not uses:
            return reply.content[0].text
        results = [
            {"type": "tool_result", "tool_use_id": use.id, "content": get_weather(**use.input)}
            for use in uses
        ]
        messages += [{"role": "assistant", "content": reply.content}, {"role": "user", "content": results}]
