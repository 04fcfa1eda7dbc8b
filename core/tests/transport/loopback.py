"""A real HTTP server on the loopback interface whose answers a test writes byte for byte."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from geppetto.engine.context import RunContext
from geppetto.engine.debug import DebugTap
from geppetto.events import Correlation
from geppetto.testing import RecordingPort, run_context

__all__ = ["Answer", "Exchange", "Loopback", "context"]


@dataclass
class Exchange:
    """One request that the server has read, and the means to answer it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    line: str
    headers: dict[str, str]
    body: bytes

    async def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def reply(self, body: bytes = b"{}", status: str = "200 OK", **headers: str) -> None:
        """Write a whole answer; underscores in header names become hyphens."""
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([*lines, "", ""]).encode() + body)

    async def begin(self, kind: str = "text/event-stream") -> None:
        """Write the head of a chunked answer."""
        head = f"HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ntransfer-encoding: chunked\r\n\r\n"
        await self.send(head.encode())

    async def chunk(self, data: bytes) -> None:
        """Write one chunk; an empty one ends the answer."""
        await self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def reset(self) -> None:
        """Close the connection so that the peer gets a reset."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Answer: TypeAlias = Callable[[Exchange], Awaitable[None]]


@dataclass
class Loopback:
    """The server; it keeps what it was asked, and says when a client has gone."""

    answer: Answer
    connections: int = 0
    requests: list[Exchange] = field(default_factory=list)
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def port(self) -> int:
        """Return the port it listens on."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    @property
    def url(self) -> str:
        """Return the URL of its root, by address."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> Loopback:
        """Listen on a free port of 127.0.0.1."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return self

    async def stop(self) -> None:
        """Stop listening and end the connections."""
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.connections += 1
        try:
            while exchange := await _read(reader, writer):
                self.requests.append(exchange)
                await self.answer(exchange)
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self.gone.set()
            self._tasks.discard(task)
            writer.transport.abort()


async def _read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Exchange | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    except asyncio.IncompleteReadError:
        return None
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:-2])}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Exchange(reader, writer, head[0], headers, body)


def context(left: float | None = None, tap: DebugTap | None = None) -> RunContext:
    """Make a minimal run context; `left` are the seconds until its deadline."""
    return run_context(RecordingPort(left), correlation=Correlation(), tap=tap)
