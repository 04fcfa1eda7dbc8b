from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
import trustme
from geppetto.errors import TransportError
from geppetto.secret import Secret
from geppetto.transport import HttpTransport, Limits

if TYPE_CHECKING:
    from core.tests.transport.conftest import Serve
    from core.tests.transport.loopback import Exchange

Make = Callable[..., HttpTransport]
QUICK = Limits(connect=0.5, first_event=0.2, idle=0.2)
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


async def silent(exchange: Exchange) -> None:
    """Never answer."""
    await exchange.reader.read()


async def silent_after_head(exchange: Exchange) -> None:
    """Send the head, then nothing."""
    await exchange.send(CHUNKED)
    await exchange.reader.read()


async def stalling(exchange: Exchange) -> None:
    """Send the first event, then nothing."""
    await exchange.send(CHUNKED + b"9\r\ndata: 1\n\n\r\n")
    await exchange.reader.read()


async def resetting(exchange: Exchange) -> None:
    """Reset the connection instead of an answer."""
    exchange.reset()


async def resetting_in_body(exchange: Exchange) -> None:
    """Reset the connection after the first event."""
    await exchange.send(CHUNKED + b"9\r\ndata: 1\n\n\r\n")
    await asyncio.sleep(0.05)
    exchange.reset()


async def hanging_up(exchange: Exchange) -> None:
    """Close the connection instead of an answer."""
    exchange.writer.close()


async def truncating_chunks(exchange: Exchange) -> None:
    """Close a chunked answer without its end."""
    await exchange.send(CHUNKED + b"9\r\ndata: 1\n\n\r\n")
    exchange.writer.close()


async def truncating_before_body(exchange: Exchange) -> None:
    """Close after the head."""
    await exchange.send(CHUNKED)
    exchange.writer.close()


async def truncating_length(exchange: Exchange) -> None:
    """Send less than announced."""
    await exchange.send(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\ndata: 1\n\n")
    exchange.writer.close()


async def garbage(exchange: Exchange) -> None:
    """Answer in another protocol."""
    await exchange.send(b"220 mail.example ESMTP\r\n\r\n")
    exchange.writer.close()


async def broken_gzip(exchange: Exchange) -> None:
    """Announce a compression and send none."""
    await exchange.reply(b"not compressed", content_encoding="gzip")


async def unknown_coding(exchange: Exchange) -> None:
    """Use a coding that nobody asked for."""
    await exchange.reply(b"?", content_encoding="br")


TABLE = [
    (silent, "FIRST_EVENT_TIMEOUT", True, "waiting"),
    (silent_after_head, "FIRST_EVENT_TIMEOUT", True, "answered"),
    (stalling, "IDLE_TIMEOUT", True, "streaming"),
    (resetting, "CONNECTION_RESET", True, "waiting"),
    (resetting_in_body, "CONNECTION_RESET", True, "streaming"),
    (hanging_up, "CONNECTION_RESET", True, "waiting"),
    (truncating_chunks, "STREAM_TRUNCATED", True, "streaming"),
    (truncating_before_body, "STREAM_TRUNCATED", True, "answered"),
    (truncating_length, "STREAM_TRUNCATED", True, "streaming"),
    (garbage, "PROTOCOL_ERROR", False, "waiting"),
    (broken_gzip, "PROTOCOL_ERROR", False, "streaming"),
]


async def failure(
    transport: HttpTransport, url: str, context: Any, left: float | None = None
) -> TransportError:
    """Make a request that fails, and return the error."""

    async def read() -> None:
        headers = {"authorization": Secret("canary")}
        address = f"{url}/v1?key=canary-query"
        async with transport.stream("POST", address, ctx=context(left), headers=headers) as response:
            async for _ in response.sse():
                pass

    with pytest.raises(TransportError) as caught:
        await read()
    return caught.value


@pytest.mark.parametrize(
    ("answer", "code", "retryable", "phase"), TABLE, ids=[str(row[0].__name__) for row in TABLE]
)
async def test_what_servers_do(
    serve: Serve,
    make: Make,
    context: Any,
    answer: Callable[[Exchange], Awaitable[None]],
    code: str,
    retryable: bool,
    phase: str,
) -> None:
    """Each misfortune of a connection has one code; the origin is named and nothing secret is."""
    server = await serve(answer)
    transport = make(limits=QUICK)

    error = await failure(transport, server.url, context)

    assert (error.code, error.retryable, error.details["phase"]) == (code, retryable, phase)
    assert error.subject == server.url
    assert error.next_step
    assert "canary" not in str(error.to_json())
    assert transport.open_connections() == 0


async def test_an_unknown_content_coding(serve: Serve, make: Make, context: Any) -> None:
    """A coding that we cannot undo is named."""
    server = await serve(unknown_coding)

    error = await failure(make(), server.url, context)

    assert error.code == "PROTOCOL_ERROR"
    assert "'br'" in error.message


async def test_a_refused_port(make: Make, context: Any) -> None:
    """Nobody listens: nothing was sent, so another try is harmless."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    error = await failure(make(), f"http://127.0.0.1:{port}", context)

    assert (error.code, error.retryable) == ("CONNECT_REFUSED", True)


async def test_a_host_that_does_not_accept(make: Make, context: Any) -> None:
    """A host that drops what we send it is given up after the time for connecting."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        address = full.getsockname()
        crowd = [socket.socket() for _ in range(4)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(address)

        error = await failure(make(limits=QUICK), f"http://127.0.0.1:{address[1]}", context)

        for one in crowd:
            one.close()
    assert (error.code, error.retryable) == ("CONNECT_TIMEOUT", True)


async def test_a_name_that_does_not_exist(make: Make, context: Any) -> None:
    """A failed lookup is told apart from a server that is down."""

    async def resolve(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    error = await failure(make(resolve=resolve), "https://nowhere.test", context)

    assert (error.code, error.retryable) == ("DNS_FAILED", True)


async def test_a_resolver_that_hangs(make: Make, context: Any) -> None:
    """The time for connecting covers the lookup."""

    async def resolve(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    error = await failure(make(resolve=resolve, limits=QUICK), "https://slow.test", context)

    assert error.code == "CONNECT_TIMEOUT"


async def test_tls_to_a_plain_port(make: Make, context: Any) -> None:
    """A TLS greeting to an http port is a failure that trying again does not cure."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        await reader.read()
        writer.transport.abort()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as plain:
        port = plain.sockets[0].getsockname()[1]

        error = await failure(make(limits=QUICK), f"https://127.0.0.1:{port}", context)

    assert (error.code, error.retryable) == ("TLS_FAILED", False)


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    """Give a certificate authority."""
    return trustme.CA()


async def tls_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer one request and close."""
    try:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")
        await writer.drain()
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("trusted", [True, False])
async def test_certificates_are_checked_against_the_name(
    make: Make, context: Any, authority: trustme.CA, trusted: bool
) -> None:
    """The connection goes to the checked address, the certificate must still be the host name's and trusted."""
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(server_side)
    ours = ssl.create_default_context() if trusted else None
    if ours is not None:
        authority.configure_trust(ours)
    transport = make(verify=ours)
    async with await asyncio.start_server(tls_answer, "127.0.0.1", 0, ssl=server_side) as server:
        port = server.sockets[0].getsockname()[1]

        if trusted:
            async with transport.stream("GET", f"https://localhost:{port}/", ctx=context()) as response:
                body = await response.read()
            error = await failure(transport, f"https://127.0.0.1:{port}", context)
            assert body == b"ok"
        else:
            error = await failure(transport, f"https://localhost:{port}", context)
        await transport.aclose()

    assert (error.code, error.retryable) == ("TLS_FAILED", False)


@pytest.mark.parametrize("answer", [silent, silent_after_head, stalling])
async def test_no_wait_outlasts_the_deadline(
    serve: Serve, make: Make, context: Any, answer: Callable[[Exchange], Awaitable[None]]
) -> None:
    """The run's deadline clips every wait, and the error says that it was that."""
    server = await serve(answer)

    error = await failure(make(), server.url, context, left=0.1)

    assert not error.retryable
    assert "deadline" in error.message
