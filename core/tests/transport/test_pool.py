from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from geppetto.transport import HttpTransport, Limits

if TYPE_CHECKING:
    from core.tests.transport.conftest import Serve
    from core.tests.transport.loopback import Exchange, Loopback

Make = Callable[..., HttpTransport]


async def reply(exchange: Exchange) -> None:
    """Answer and keep the connection."""
    await exchange.reply()


async def get(transport: HttpTransport, server: Loopback, context: Any) -> None:
    """Make one request and read its answer."""
    async with transport.stream("GET", server.url, ctx=context()) as response:
        await response.read()


async def test_concurrent_requests_have_a_connection_each(serve: Serve, make: Make, context: Any) -> None:
    """Nobody waits for another's stream to end."""
    together = asyncio.Barrier(20)

    async def answer(exchange: Exchange) -> None:
        await together.wait()
        await exchange.reply()

    server, transport = await serve(answer), make()

    async with asyncio.timeout(10):
        await asyncio.gather(*(get(transport, server, context) for _ in range(20)))

    assert server.connections == 20


async def test_idle_connections_are_capped(serve: Serve, make: Make, context: Any) -> None:
    """After a burst only so many connections stay as the limit says."""
    together = asyncio.Barrier(8)

    async def answer(exchange: Exchange) -> None:
        await together.wait()
        await exchange.reply()

    server, transport = await serve(answer), make(limits=Limits(idle_connections=3))

    await asyncio.gather(*(get(transport, server, context) for _ in range(8)))

    assert transport.open_connections() == 3


async def test_the_last_used_connection_is_taken_first(serve: Serve, make: Make, context: Any) -> None:
    """A trickle of requests after a burst lets the other connections age."""
    together, alone = asyncio.Barrier(3), asyncio.Event()
    peers: list[Any] = []

    async def answer(exchange: Exchange) -> None:
        if not alone.is_set():
            await together.wait()
        peers.append(exchange.writer.get_extra_info("peername"))
        await exchange.reply()

    server, transport = await serve(answer), make()
    await asyncio.gather(*(get(transport, server, context) for _ in range(3)))
    alone.set()

    for _ in range(5):
        await get(transport, server, context)

    assert len(set(peers[3:])) == 1


async def test_idle_connections_expire(serve: Serve, make: Make, context: Any) -> None:
    """A connection that lay idle for too long is closed by the next request and not used."""
    now = [0.0]
    server, transport = await serve(reply), make(clock=lambda: now[0])

    await get(transport, server, context)
    now[0] = 31.0
    await get(transport, server, context)

    assert (server.connections, transport.open_connections()) == (2, 1)


async def test_a_connection_the_server_closed_is_replaced(serve: Serve, make: Make, context: Any) -> None:
    """A stale idle connection costs a new one, not the request."""

    async def answer(exchange: Exchange) -> None:
        await exchange.reply()
        exchange.writer.close()

    server, transport = await serve(answer), make()

    for _ in range(3):
        server.gone.clear()
        await get(transport, server, context)
        await server.gone.wait()

    assert server.connections == 3


async def test_connection_close_is_honoured(serve: Serve, make: Make, context: Any) -> None:
    """A server that says `connection: close` gets no second request on it."""

    async def answer(exchange: Exchange) -> None:
        await exchange.reply(connection="close")

    server, transport = await serve(answer), make()

    await get(transport, server, context)

    assert transport.open_connections() == 0


async def test_guarded_and_local_views_share_no_connection(serve: Serve, make: Make, context: Any) -> None:
    """What the local view opened is not used by the guarded one, and either closes all."""
    server, guarded = await serve(reply), make(allow_local=False, allow_http=True)
    local = guarded.with_local()
    wider = local.with_local()

    await get(local, server, context)
    await get(wider, server, context)
    held = guarded.open_connections()
    await guarded.aclose()

    assert (held, server.connections, local.open_connections()) == (1, 1, 0)


async def test_aclose_closes_idle_connections(serve: Serve, make: Make, context: Any) -> None:
    """Closing the transport hangs up; it can be used again afterwards."""
    server, transport = await serve(reply), make()

    await get(transport, server, context)
    await transport.aclose()
    async with asyncio.timeout(5):
        await server.gone.wait()
    await get(transport, server, context)

    assert server.connections == 2
