"""The loopback server of the comparison: a process of its own that answers with prepared bytes, so that it is not the limit."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.cores import serve_on_another
from benchmarks.paced import Beats, paced
from benchmarks.replies import answer

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["answering"]

_TESTS = Path(__file__).parents[1]
_BACKLOG = 4096  # 1,000 clients that dial at once must not be refused


class _Connection(asyncio.Protocol):
    """Reads requests off one connection and writes the answers; no reader, no writer, no task per connection."""

    def __init__(self) -> None:
        self._rest = b""
        self._transport: Any  # uvloop's are no subclass of asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (found := _request(self._rest)) is not None:
            path, body, size = found
            self._rest = self._rest[size:]
            if (pace := paced(path)) is not None:
                Beats(self._transport, *pace).start()
                continue
            response, held = answer(path, body)
            self._transport.write(response)
            if held:  # the rest never comes: the client closes
                return


def _request(data: bytes) -> tuple[bytes, bytes, int] | None:
    """Return path, body and size of the first request that is complete."""
    head, found, rest = data.partition(b"\r\n\r\n")
    if not found:
        return None
    _, named, length = head.lower().partition(b"content-length:")
    size = int(length.partition(b"\r\n")[0]) if named else 0
    if len(rest) < size:
        return None
    return head.split(b" ", 2)[1], rest[:size], len(head) + 4 + size


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0, backlog=_BACKLOG)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


@contextmanager
def answering() -> Iterator[str]:
    """Run the server and give its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.loopback"], stdout=subprocess.PIPE, text=True, cwd=_TESTS
    )
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}"
    finally:
        process.kill()
        process.communicate()


def _run() -> None:
    serve_on_another()
    try:
        import uvloop
    except ImportError:  # it is there in development; without it the server is slower, for all alike
        asyncio.run(_serve())
    else:
        uvloop.run(_serve())


if __name__ == "__main__":
    _run()
