"""A loopback server in a process of its own that streams one chat completion as fast as the client takes it."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from benchmarks.vendors import PATHS, answers

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["ANSWER_CHUNKS", "serving"]

ANSWER_CHUNKS = 500


def _answer() -> bytes:
    chunk: dict[str, Any] = {"id": "c", "object": "chat.completion.chunk", "model": "m"}
    deltas = [{"content": "word "}] * (ANSWER_CHUNKS - 1)
    choices: list[dict[str, Any]] = [{"index": 0, "delta": delta, "finish_reason": None} for delta in deltas]
    choices.append({"index": 0, "delta": {}, "finish_reason": "stop"})
    events = [f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\n" for choice in choices]
    return _framed(("".join(events) + "data: [DONE]\n\n").encode())


def _framed(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def _long_answers() -> dict[bytes, bytes]:
    """Return the vendors' long answers by the path that asks for them."""
    return {PATHS[name][1].lower().encode(): _chunked(events) for name, events in answers().items()}


def _chunked(events: list[bytes]) -> bytes:
    """Return a response with each event in an HTTP chunk of its own, as the vendors send them (RFC 9112 §7.1)."""
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x\r\n%s\r\n" % (len(event), event) for event in [*events, b""])


async def _serve() -> None:
    answer, long = _answer(), _long_answers()

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
                path = head.split(b" ")[1].partition(b"?")[0]
                writer.write(long.get(path, answer))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(client, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@contextmanager
def serving() -> Iterator[str]:
    """Run the server and give its address."""
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.server"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


if __name__ == "__main__":
    asyncio.run(_serve())
