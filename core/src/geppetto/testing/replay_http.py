"""The little HTTP/1.1 that a replay server needs: read a request, write an answer piece by piece."""

from __future__ import annotations

import asyncio
import socket
import struct
from http import HTTPStatus
from typing import TYPE_CHECKING

from geppetto.testing.replay_exchange import ReceivedRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.testing.replay_exchange import Exchange

__all__ = ["read_request", "reset", "write_answer"]

_LOOK = 0.005
_SETTLE = 0.02


async def read_request(reader: asyncio.StreamReader) -> ReceivedRequest | None:
    """Read the next request of a connection; None when the client closed it."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
    method, path, _version = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return ReceivedRequest(method, path, headers, await _read_body(reader, headers))


async def _read_body(reader: asyncio.StreamReader, headers: Mapping[str, str]) -> bytes:
    if "chunked" not in headers.get("transfer-encoding", ""):
        return await reader.readexactly(int(headers.get("content-length", "0")))
    found = bytearray()
    while size := int((await reader.readline()).split(b";")[0], 16):
        found += await reader.readexactly(size)
        await reader.readline()
    await reader.readline()
    return bytes(found)


async def write_answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, exchange: Exchange
) -> bool:
    """Write an exchange; say whether the connection can take another request."""
    if exchange.garbage:
        writer.write(exchange.garbage)
        await writer.drain()
        return False
    pieces, chunked = exchange.pieces(), bool(exchange.chunks)
    if await _interrupted(reader, writer, exchange, -1):
        return False
    writer.write(_head(exchange, None if chunked else len(pieces[0])))
    for sent, piece in enumerate(pieces):
        if await _interrupted(reader, writer, exchange, sent):
            return False
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked and piece else piece)
        await writer.drain()
        if exchange.delay and sent + 1 < len(pieces) and not await _wait(reader, exchange.delay):
            return False
    if await _interrupted(reader, writer, exchange, len(pieces)):
        return False
    if chunked:
        writer.write(b"0\r\n\r\n")
    await writer.drain()
    return True


def _head(exchange: Exchange, length: int | None) -> bytes:
    try:
        phrase = HTTPStatus(exchange.status).phrase
    except ValueError:
        phrase = "Unknown"
    framing = {"transfer-encoding": "chunked"} if length is None else {"content-length": str(length)}
    headers = {**exchange.head(), **framing}
    lines = [f"HTTP/1.1 {exchange.status} {phrase}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")


async def _interrupted(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, exchange: Exchange, sent: int
) -> bool:
    if exchange.hang_after == sent:
        await _wait(reader, None)
        return True
    if exchange.drop_after == sent:
        await writer.drain()
        await asyncio.sleep(_SETTLE)  # what was written before must reach the client first
        reset(writer)
        return True
    return False


async def _wait(reader: asyncio.StreamReader, seconds: float | None) -> bool:
    """Wait, and stop waiting when the client closes; say whether the client is still there."""
    loop = asyncio.get_running_loop()
    end = None if seconds is None else loop.time() + seconds
    while not reader.at_eof():
        left = _LOOK if end is None else min(_LOOK, end - loop.time())
        if left <= 0:
            return True
        await asyncio.sleep(left)  # at_eof is no awaitable, and reading would eat the client's next request
    return False


def reset(writer: asyncio.StreamWriter) -> None:
    """Close a connection with RST instead of FIN: what a crashed server looks like."""
    found: socket.socket | None = writer.get_extra_info("socket")
    if found is not None:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
