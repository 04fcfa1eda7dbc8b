from __future__ import annotations

import asyncio
import gc
import gzip
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from geppetto.engine.deps import Transport
from geppetto.errors import (
    EncodeError,
    TransportError,
    UsageError,
)
from geppetto.secret import Secret
from geppetto.transport import HttpTransport, Limits

if TYPE_CHECKING:
    from core.tests.transport.conftest import Serve
    from core.tests.transport.loopback import Exchange

Make = Callable[..., HttpTransport]


async def stream_forever(exchange: Exchange) -> None:
    """Send an event, then nothing until the client goes."""
    await exchange.begin()
    await exchange.chunk(b"data: 1\n\n")
    await exchange.reader.read()


async def stream_two(exchange: Exchange) -> None:
    """Send two events and the end."""
    await exchange.begin()
    await exchange.chunk(b"data: 1\n\n")
    await exchange.chunk(b"data: 2\n\n")
    await exchange.chunk(b"")


def replying(body: bytes = b"{}", status: str = "200 OK", **headers: str) -> Callable[[Exchange], Any]:
    """Make an answer that is the same for every request."""

    async def answer(exchange: Exchange) -> None:
        await exchange.reply(body, status, **headers)

    return answer


async def test_events_are_read(serve: Serve, make: Make, context: Any) -> None:
    """The events of a stream arrive in order, and the protocol of `Deps` is met."""
    server = await serve(stream_two)
    transport: Transport = make()

    async with transport.stream("POST", server.url, ctx=context(), json={"a": "é"}) as response:
        events = [event.data async for batch in response.sse() for event in batch]

    assert events == ["1", "2"]
    assert (response.status, response.headers["content-type"]) == (200, "text/event-stream")
    assert server.requests[0].body == '{"a":"é"}'.encode()


async def test_secret_headers_are_sent(serve: Serve, make: Make, context: Any) -> None:
    """A Secret is revealed to the server and nobody else."""
    server = await serve(replying(b'{"ok": true}'))

    async with make().stream(
        "GET", server.url, ctx=context(), headers={"X-Api-Key": Secret("k-1")}
    ) as response:
        answer = await response.json()

    assert answer == {"ok": True}
    assert server.requests[0].headers["x-api-key"] == "k-1"


async def test_reading_to_the_end_keeps_the_connection(serve: Serve, make: Make, context: Any) -> None:
    """Ten requests in a row that are read out use one connection."""
    server = await serve(stream_two)
    transport = make()

    for _ in range(10):
        async with transport.stream("POST", server.url, ctx=context()) as response:
            await response.read()

    assert (server.connections, transport.open_connections()) == (1, 1)


async def leave_by_break(response: Any) -> None:
    """Stop after the first batch."""
    async for _ in response.sse():
        break


async def leave_by_error(response: Any) -> None:
    """Raise while reading."""
    async for _ in response.sse():
        raise LookupError


async def leave_unread(response: Any) -> None:
    """Read nothing."""


@pytest.mark.parametrize("leave", [leave_by_break, leave_by_error, leave_unread])
async def test_leaving_early_closes_the_socket(
    serve: Serve, make: Make, context: Any, leave: Callable[[Any], Any]
) -> None:
    """Whoever leaves the block before the end hangs up: the server sees the end at once."""
    server = await serve(stream_forever)
    transport = make()

    try:
        async with transport.stream("POST", server.url, ctx=context()) as response:
            await leave(response)
    except LookupError:
        pass
    async with asyncio.timeout(20):
        await server.gone.wait()

    assert transport.open_connections() == 0


@pytest.mark.parametrize("when", ["before the head", "in the stream"])
async def test_cancel_closes_the_socket(serve: Serve, make: Make, context: Any, when: str) -> None:
    """A cancelled task leaves no connection behind, wherever it waited."""
    reading = asyncio.Event()

    async def answer(exchange: Exchange) -> None:
        reading.set()
        if when == "in the stream":
            await exchange.begin()
        await exchange.reader.read()

    server, transport = await serve(answer), make()

    async def read() -> None:
        async with transport.stream("POST", server.url, ctx=context()) as response:
            await response.read()

    task = asyncio.create_task(read())
    await reading.wait()
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5):
        await server.gone.wait()

    assert task.cancelled()
    assert transport.open_connections() == 0


async def test_cookies_are_not_kept(serve: Serve, make: Make, context: Any) -> None:
    """A cookie that a server sets is never sent back."""
    server = await serve(replying(set_cookie="id=1"))
    transport = make()

    for _ in range(2):
        async with transport.stream("GET", server.url, ctx=context()) as response:
            await response.read()

    assert all("cookie" not in request.headers for request in server.requests)


async def test_bodies_are_bounded(serve: Serve, make: Make, context: Any) -> None:
    """A body beyond the limit is an error, not a full memory."""
    server = await serve(replying(b"x" * 2000))

    with pytest.raises(TransportError) as caught:
        async with make(limits=Limits(max_response=1000)).stream(
            "GET", server.url, ctx=context()
        ) as response:
            await response.read()

    assert caught.value.code == "BODY_TOO_LARGE"


async def test_no_json(serve: Serve, make: Make, context: Any) -> None:
    """A page of HTML where JSON was expected is said to be that."""
    server = await serve(replying(b"<html>hello"))

    with pytest.raises(TransportError, match="<html>hello") as caught:
        async with make().stream("GET", server.url, ctx=context()) as response:
            await response.json()

    assert caught.value.code == "NOT_JSON"


async def test_a_body_is_read_once(serve: Serve, make: Make, context: Any) -> None:
    """Reading the bytes again gives them again; reading events after them is an error of the caller."""
    server = await serve(replying(b"[1]"))

    async with make().stream("GET", server.url, ctx=context()) as response:
        first, second = await response.read(), await response.json()
        with pytest.raises(UsageError):
            response.sse()

    assert (first, second) == (b"[1]", [1])


async def test_compressed_bodies_are_read(serve: Serve, make: Make, context: Any) -> None:
    """Nobody asks for compression; a server that compresses nevertheless is understood."""
    server = await serve(replying(gzip.compress(b'{"a": 1}'), content_encoding="gzip"))

    async with make().stream("GET", server.url, ctx=context()) as response:
        answer = await response.json()

    assert answer == {"a": 1}
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("value", [float("nan"), object(), {1: object()}])
async def test_a_body_that_is_no_json_is_refused(make: Make, context: Any, value: Any) -> None:
    """A value that JSON cannot write is the caller's error, before anything is dialled."""
    transport = make()

    with pytest.raises(EncodeError):
        async with transport.stream("POST", "http://127.0.0.1:9", ctx=context(), json=value):
            pass

    assert transport.open_connections() == 0


async def test_half_a_surrogate_pair_is_escaped(serve: Serve, make: Make, context: Any) -> None:
    """Text that UTF-8 cannot write travels as a JSON escape."""
    server = await serve(replying())

    async with make().stream("POST", server.url, ctx=context(), json="\ud83d") as response:
        await response.read()

    assert server.requests[0].body == b'"\\ud83d"'


async def test_the_tap_sees_the_border(serve: Serve, make: Make, context: Any, loopback: Any) -> None:
    """A debug tap gets request, response head and events, without the key."""
    server, seen = await serve(stream_two), list[Any]()
    tap = loopback.DebugTap(
        on_http=lambda *a: seen.append(("http", *a)),
        on_http_response=lambda *a: seen.append(("response", *a)),
        on_sse=lambda *a: seen.append(("sse", *a)),
    )

    async with make().stream(
        "POST",
        server.url,
        ctx=context(tap=tap),
        json={"q": 1},
        headers={"authorization": Secret("Bearer abcdef")},
    ) as response:
        async for _ in response.sse():
            pass

    assert [entry[0] for entry in seen] == ["http", "response", "sse", "sse"]
    assert seen[0][1:3] == ("POST", server.url)
    assert seen[0][3]["authorization"] == "***"
    assert seen[0][4] == {"q": 1}
    assert seen[2] == ("sse", "message", "1")


def test_loops_do_not_share_connections(context: Any, loopback: Any) -> None:
    """One transport serves loop after loop; connections of a closed loop are forgotten."""
    transport = HttpTransport(allow_local=True)

    async def once(*, close: bool) -> int:
        server = await loopback.Loopback(replying()).start()
        async with transport.stream("GET", server.url, ctx=context()) as response:
            await response.read()
        held = transport.open_connections()
        if close:
            await transport.aclose()
        await server.stop()
        return held

    held = asyncio.run(once(close=False)), asyncio.run(once(close=True))
    gc.collect()  # what the first loop left would be told of here

    assert held == (1, 1)
    assert transport.open_connections() == 0


def test_importing_the_package_loads_no_http_library() -> None:
    """The names are there at once; httpcore, tenacity and the rest are loaded on first use."""
    code = (
        "import sys, geppetto.transport as t; dir(t);"
        "print([m for m in ('httpx', 'httpcore', 'h11', 'anyio', 'tenacity', 'asyncio', 'ssl') if m in sys.modules]);"
        "t.HttpTransport; print([m for m in ('httpx', 'tenacity') if m in sys.modules])"
    )

    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert answer.stdout.split("\n")[:2] == ["[]", "[]"]
