"""The lowest floor: asyncio's own streams, a request of prepared bytes, the reply parsed with json."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from benchmarks.adapters.common import MESSAGES, MODEL, REPLY

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

__all__ = ["ask_async", "in_process", "open_async", "stream_async"]

_Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class _Client:
    host: str
    port: int
    plain: bytes
    streamed: bytes
    idle: list[_Line] = field(default_factory=list)

    async def send(self, request: bytes) -> _Line:
        line = self.idle.pop() if self.idle else await asyncio.open_connection(self.host, self.port)
        line[1].write(request)
        return line


def open_async(url: str) -> _Client:
    """Return a client that keeps its connections."""
    parts = urlsplit(url)
    plain, streamed = (_request(parts.netloc, parts.path, stream=stream) for stream in (False, True))
    return _Client(parts.hostname or "", parts.port or 80, plain, streamed)


def _request(host: str, path: str, *, stream: bool) -> bytes:
    body = json.dumps({"model": MODEL, "messages": MESSAGES, "stream": stream}).encode()
    head = f"POST {path}/v1/chat/completions HTTP/1.1\r\nhost: {host}\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


async def ask_async(client: _Client) -> str:
    """Make one request."""
    line = await client.send(client.plain)
    head = await line[0].readuntil(b"\r\n\r\n")
    body = await line[0].readexactly(int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0]))
    client.idle.append(line)
    return str(json.loads(body)["choices"][0]["message"]["content"])


async def stream_async(client: _Client) -> AsyncIterator[str]:
    """Make one request and give the deltas; each event is an HTTP chunk of its own."""
    reader, writer = await client.send(client.streamed)
    rest = b""
    try:
        while not rest.endswith(b"0\r\n\r\n"):
            events = (rest + await reader.read(65536)).split(b"\n\n")
            rest = events.pop()
            for event in events:
                if delta := _delta(event.partition(b"data: ")[2]):
                    yield delta
    finally:
        writer.close()


def _delta(data: bytes) -> str:
    choices = [] if data == b"[DONE]" else json.loads(data)["choices"]
    return choices[0]["delta"].get("content", "") if choices else ""


def in_process(layers: int) -> Callable[[], Awaitable[Any]]:
    """Return a coroutine in a task, with plain functions around it."""

    async def reply() -> str:
        return REPLY

    run = reply
    for _ in range(layers):
        run = _layer(run)
    return lambda: asyncio.create_task(run())


def _layer(inner: Callable[[], Any]) -> Callable[[], Any]:
    async def layer() -> Any:
        return await inner()

    return layer
