"""litellm: completion and acompletion of an OpenAI model; its prices are read from the package, not from a server."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import litellm

from benchmarks.adapters.common import MESSAGES, MODEL, PROMPT, REPLY, TOOL, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["ask", "ask_async", "connect", "in_process", "open_async", "stream_async", "use_tools"]

litellm.suppress_debug_info = True


def connect(url: str) -> dict[str, Any]:
    """Return the arguments of a call: there is no client object."""
    return {"model": f"openai/{MODEL}", "api_base": f"{url}/v1", "api_key": "k", "max_retries": 0}


def ask(client: dict[str, Any]) -> str:
    """Make one request."""
    return litellm.completion(messages=MESSAGES, **client).choices[0].message.content


open_async = connect


async def ask_async(client: dict[str, Any]) -> str:
    """Make one request."""
    return (await litellm.acompletion(messages=MESSAGES, **client)).choices[0].message.content


async def stream_async(client: dict[str, Any]) -> AsyncIterator[str]:
    """Make one request and give the deltas."""
    async for chunk in await litellm.acompletion(messages=MESSAGES, stream=True, **client):
        if chunk.choices and (delta := chunk.choices[0].delta.content):
            yield delta


def use_tools(client: dict[str, Any]) -> str:
    """Loop until the model calls no more tools: litellm leaves that to its user."""
    messages = list(MESSAGES)
    while True:
        message = litellm.completion(messages=messages, tools=[TOOL], **client).choices[0].message
        if not message.tool_calls:
            return message.content
        messages.append(message)
        for call in message.tool_calls:
            result = get_weather(**json.loads(call.function.arguments))
            messages.append({"role": "tool", "tool_call_id": call.id, "content": result})


def in_process(layers: int) -> Callable[[], Awaitable[Any]]:
    """Return a call with a given answer; a layer is a logger, the nearest that there is."""
    from litellm.integrations.custom_logger import CustomLogger

    litellm.callbacks = [CustomLogger() for _ in range(layers)]
    asked = [{"role": "user", "content": PROMPT}]
    return lambda: litellm.acompletion(model=MODEL, messages=asked, mock_response=REPLY)
