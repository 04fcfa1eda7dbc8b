"""The openai SDK, on Chat Completions."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import openai

from benchmarks.adapters.common import MESSAGES, MODEL, TOOL, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["ask", "ask_async", "connect", "open_async", "stream_async", "use_tools"]


def connect(url: str) -> Any:
    """Return the blocking client."""
    return openai.OpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0)


def ask(client: Any) -> str:
    """Make one request."""
    return client.chat.completions.create(model=MODEL, messages=MESSAGES).choices[0].message.content


def open_async(url: str) -> Any:
    """Return the async client with its own pool, whose limit is 1,000 connections."""
    return openai.AsyncOpenAI(base_url=f"{url}/v1", api_key="k", max_retries=0)


async def ask_async(client: Any) -> str:
    """Make one request."""
    reply = await client.chat.completions.create(model=MODEL, messages=MESSAGES)
    return reply.choices[0].message.content


async def stream_async(client: Any) -> AsyncIterator[str]:
    """Make one request and give the deltas."""
    async for chunk in await client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True):
        if chunk.choices and (delta := chunk.choices[0].delta.content):
            yield delta


def use_tools(client: Any) -> str:
    """Loop until the model calls no more tools: the SDK leaves that to its user."""
    messages = list(MESSAGES)
    while True:
        reply = client.chat.completions.create(model=MODEL, messages=messages, tools=[TOOL])
        message = reply.choices[0].message
        if not message.tool_calls:
            return message.content
        messages.append(message)
        for call in message.tool_calls:
            result = get_weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
