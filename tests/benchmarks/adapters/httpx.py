"""The floor with a library: httpx as an application would use it well, without a framework."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx

from benchmarks.adapters.common import MESSAGES, MODEL, TOOL, get_weather

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["ask", "ask_async", "connect", "open_async", "stream_async", "use_tools"]

_PATH = "/v1/chat/completions"
_BODY = {"model": MODEL, "messages": MESSAGES}
_DONE = "[DONE]"


def connect(url: str) -> httpx.Client:
    """Return a blocking client."""
    return httpx.Client(base_url=url, trust_env=False)


def ask(client: httpx.Client) -> str:
    """Make one request."""
    return _text(client.post(_PATH, json=_BODY).json())


def open_async(url: str) -> httpx.AsyncClient:
    """Return an async client without a limit of connections."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    return httpx.AsyncClient(base_url=url, trust_env=False, limits=limits, timeout=60)


async def ask_async(client: httpx.AsyncClient) -> str:
    """Make one request."""
    return _text((await client.post(_PATH, json=_BODY)).json())


async def stream_async(client: httpx.AsyncClient) -> AsyncIterator[str]:
    """Make one request and give the deltas."""
    async with client.stream("POST", _PATH, json={**_BODY, "stream": True}) as response:
        async for line in response.aiter_lines():
            if line.startswith("data: ") and not line.endswith(_DONE):
                choices = json.loads(line[6:])["choices"]
                if choices and (delta := choices[0]["delta"].get("content")):
                    yield delta


def use_tools(client: httpx.Client) -> str:
    """Loop until the model calls no more tools."""
    messages = list(MESSAGES)
    while True:
        body = {"model": MODEL, "messages": messages, "tools": [TOOL]}
        message = client.post(_PATH, json=body).json()["choices"][0]["message"]
        if not message.get("tool_calls"):
            return str(message["content"])
        messages.append(message)
        for call in message["tool_calls"]:
            result = get_weather(**json.loads(call["function"]["arguments"]))
            messages.append({"role": "tool", "tool_call_id": call["id"], "content": result})


def _text(reply: Any) -> str:
    return str(reply["choices"][0]["message"]["content"])
