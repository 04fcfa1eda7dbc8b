"""Sockets as streams: what comes through, what ends a wait, and what a connection that has gone says; plain and with TLS."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

import httpcore
import pytest
import trustme
from geppetto.transport.sockets import Dialler, SocketStream

Serve: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Connect: TypeAlias = Callable[[Serve], Awaitable[SocketStream]]
SIZE = 8 * 1024 * 1024
#: more than the buffers of the system hold
LARGE = 64 * 1024 * 1024


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Give a certificate authority."""
    return trustme.CA()


@pytest.fixture(params=["plain", "tls"])
async def connect(request: pytest.FixtureRequest, authority: trustme.CA) -> AsyncIterator[Connect]:
    """Give a function that connects to a server that does what it is told; all is closed after the test."""
    contexts = _contexts(authority) if request.param == "tls" else None
    streams: list[SocketStream] = []
    servers: list[asyncio.Server] = []

    async def connected(serve: Serve) -> SocketStream:
        server, port = await _serving(serve, contexts[0] if contexts else None)
        servers.append(server)
        stream = await Dialler().connect_tcp("127.0.0.1", port, 5)
        streams.append(stream)
        return await stream.start_tls(contexts[1], "localhost", 5) if contexts else stream

    yield connected

    for stream in streams:
        await stream.aclose()
    for server in servers:
        server.close()


def _contexts(authority: trustme.CA) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority.issue_cert("localhost").configure_cert(server)
    authority.configure_trust(client)
    return server, client


async def _serving(serve: Serve, context: ssl.SSLContext | None) -> tuple[asyncio.Server, int]:
    async def served(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await serve(reader, writer)
        except (OSError, asyncio.IncompleteReadError):
            pass  # the client has gone
        finally:
            writer.transport.abort()

    server = await asyncio.start_server(served, "127.0.0.1", 0, ssl=context)
    return server, server.sockets[0].getsockname()[1]


async def _silent(reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
    await reader.read()


async def _deaf(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await writer.wait_closed()


async def _upper(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data.upper())
        await writer.drain()


async def _pieces(stream: SocketStream, size: int = 65536) -> AsyncIterator[bytes]:
    while piece := await stream.read(size, 10):
        yield piece


async def test_bytes_go_there_and_back(connect: Connect) -> None:
    """In order, and never more of them at once than were asked for."""
    stream = await connect(_upper)

    await stream.write(b"hello", 5)

    assert await stream.read(2, 5) == b"HE"
    assert await stream.read(65536, 5) == b"LLO"


async def test_a_large_answer_waits_in_the_server_until_it_is_read(connect: Connect) -> None:
    """The stream holds no more of it than its bound and one read."""
    sent = 0

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for _ in range(LARGE // 65536):
            writer.write(b"x" * 65536)
            await writer.drain()
            sent += 65536
        writer.close()
        await writer.wait_closed()

    stream = await connect(serve)
    await asyncio.sleep(0.3)
    held = len(stream._buffer)  # the bound is on what it holds

    assert 0 < held <= 1024 * 1024
    assert sent < LARGE
    assert sum([len(piece) async for piece in _pieces(stream)]) == LARGE


async def test_a_large_request_is_sent_whole(connect: Connect) -> None:
    """However slowly the server takes it."""
    got = bytearray()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while len(got) < SIZE:
            got.extend(await reader.read(300_000))
            await asyncio.sleep(0.001)
        writer.write(b"done")
        await writer.drain()
        await reader.read()

    stream = await connect(serve)
    await stream.write(b"y" * SIZE, 20)

    assert await stream.read(100, 20) == b"done"
    assert bytes(got) == b"y" * SIZE


async def test_a_read_ends_in_time_and_loses_nothing(connect: Connect) -> None:
    """What comes later is for the next read."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(b"late")
        await reader.read()

    stream = await connect(serve)

    with pytest.raises(httpcore.ReadTimeout):
        await stream.read(100, 0.05)
    assert await stream.read(100, 5) == b"late"


async def test_a_read_that_is_cancelled_loses_nothing(connect: Connect) -> None:
    """Bytes that came with the cancel are for the next read."""
    stream = await connect(_silent)
    reading = asyncio.create_task(stream.read(100, 5))
    await asyncio.sleep(0)

    stream.data_received(b"now")  # the reader is woken, and has not run yet
    reading.cancel()
    await asyncio.wait([reading])

    assert reading.cancelled()
    assert await stream.read(100, 5) == b"now"


async def test_a_peer_that_takes_nothing_ends_a_write_in_time(connect: Connect) -> None:
    """When the buffers of the system are full."""
    stream = await connect(_deaf)

    with pytest.raises(httpcore.WriteTimeout):
        await stream.write(b"z" * LARGE, 0.2)


async def test_the_end_is_no_bytes_after_all_bytes(connect: Connect) -> None:
    """Again and again."""

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"last words")
        writer.close()
        await writer.wait_closed()

    stream = await connect(serve)
    await asyncio.sleep(0.1)

    assert [piece async for piece in _pieces(stream, 4)] == [b"last", b" wor", b"ds"]
    assert await stream.read(4, 1) == b""
    assert stream.get_extra_info("is_readable")
    with pytest.raises(httpcore.WriteError):
        await stream.write(b"anyone?", 1)


async def test_a_reset_is_an_error_with_its_cause(connect: Connect) -> None:
    """Not an end: what was cut off would look whole."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        sock = writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()

    stream = await connect(serve)
    await stream.write(b"x", 5)

    with pytest.raises(httpcore.ReadError) as raised:
        await stream.read(100, 5)
    assert isinstance(raised.value.__cause__, ConnectionResetError)


async def test_closing_ends_the_wait_of_another_task(connect: Connect) -> None:
    """With an error; closing twice does nothing."""
    stream = await connect(_silent)
    reading = asyncio.create_task(stream.read(100, 5))
    await asyncio.sleep(0.05)

    await stream.aclose()
    await stream.aclose()

    with pytest.raises(httpcore.ReadError):
        await reading


async def test_an_idle_connection_tells_that_its_server_has_gone(connect: Connect) -> None:
    """Even before the event loop has come to read the end."""
    said = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await said.wait()
        writer.close()

    stream = await connect(serve)
    await asyncio.sleep(0.05)
    before = stream.get_extra_info("is_readable")
    said.set()
    await asyncio.sleep(0.05)

    assert (before, stream.get_extra_info("is_readable")) == (False, True)


async def test_facts_about_a_connection(connect: Connect) -> None:
    """As httpcore asks for them."""
    stream = await connect(_silent)

    assert stream.get_extra_info("client_addr")[0] == stream.get_extra_info("server_addr")[0] == "127.0.0.1"
    assert stream.get_extra_info("socket").fileno() > 0
    assert stream.get_extra_info("nonsense") is None


async def test_a_handshake_that_nobody_answers_ends_in_time() -> None:
    """And leaves no connection."""
    server, port = await _serving(_silent, None)
    stream = await Dialler().connect_tcp("127.0.0.1", port, 5)

    with pytest.raises(httpcore.ConnectTimeout):
        await stream.start_tls(ssl.create_default_context(), "localhost", 0.1)

    assert stream.get_extra_info("is_readable")
    server.close()


async def test_a_certificate_that_nobody_trusts_is_no_connection(authority: trustme.CA) -> None:
    """The cause says why."""
    server, port = await _serving(_silent, _contexts(authority)[0])
    stream = await Dialler().connect_tcp("127.0.0.1", port, 5)

    with pytest.raises(httpcore.ConnectError) as raised:
        await stream.start_tls(ssl.create_default_context(), "localhost", 5)

    assert isinstance(raised.value.__cause__, ssl.SSLCertVerificationError)
    server.close()


async def test_a_port_that_nobody_listens_on_refuses() -> None:
    """At once, with the system's own error as the cause."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))

        with pytest.raises(httpcore.ConnectError) as raised:
            await Dialler().connect_tcp("127.0.0.1", taken.getsockname()[1], 5)

    assert isinstance(raised.value.__cause__, ConnectionRefusedError)


async def test_tls_inside_tls(authority: trustme.CA) -> None:
    """As behind a proxy that is spoken to by https."""
    inside, outside = _contexts(authority), _contexts(authority)
    server, port = await _serving(_upper, inside[0])
    async with _relay(port, outside[0]) as relay:
        stream = await Dialler().connect_tcp("127.0.0.1", relay, 5)
        await stream.start_tls(outside[1], "localhost", 5)
        await stream.start_tls(inside[1], "localhost", 5)

        await stream.write(b"twice wrapped", 5)

        assert await stream.read(100, 5) == b"TWICE WRAPPED"
        await stream.aclose()
    server.close()


@asynccontextmanager
async def _relay(port: int, context: ssl.SSLContext) -> AsyncIterator[int]:
    """Run a server that speaks TLS and hands what is inside on to a port."""

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        to_inside, from_us = await asyncio.open_connection("127.0.0.1", port)
        try:
            await asyncio.gather(pump(reader, from_us), pump(to_inside, writer))
        finally:
            from_us.transport.abort()

    server, listening = await _serving(serve, context)
    try:
        yield listening
    finally:
        server.close()
