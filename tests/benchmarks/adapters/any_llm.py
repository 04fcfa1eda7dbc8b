"""any-llm: its OpenAI provider."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from any_llm import AnyLLM

from benchmarks.adapters.common import MESSAGES, MODEL, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["ask", "ask_async", "connect", "open_async", "stream_async", "use_tools"]


def connect(url: str) -> Any:
    """Return the provider; it is blocking and async at once."""
    return AnyLLM.create("openai", api_key="k", api_base=f"{url}/v1", max_retries=0)


def ask(client: Any) -> str:
    """Make one request."""
    return client.completion(model=MODEL, messages=MESSAGES).choices[0].message.content


open_async = connect


async def ask_async(client: Any) -> str:
    """Make one request."""
    return (await client.acompletion(model=MODEL, messages=MESSAGES)).choices[0].message.content


async def stream_async(client: Any) -> AsyncIterator[str]:
    """Make one request and give the deltas."""
    async for chunk in await client.acompletion(model=MODEL, messages=MESSAGES, stream=True):
        if chunk.choices and (delta := chunk.choices[0].delta.content):
            yield delta


def use_tools(client: Any) -> str:
    """Loop until the model calls no more tools: any-llm leaves that to its user."""
    messages = list(MESSAGES)
    while True:
        reply = client.completion(model=MODEL, messages=messages, tools=[get_weather])
        message = reply.choices[0].message
        if not message.tool_calls:
            return message.content
        messages.append(message)
        for call in message.tool_calls:
            result = get_weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})
