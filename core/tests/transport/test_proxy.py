from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from geppetto.errors import TransportError
from geppetto.transport import HttpTransport

if TYPE_CHECKING:
    from core.tests.transport.conftest import Serve
    from core.tests.transport.loopback import Exchange

Make = Callable[..., HttpTransport]


def replying(body: bytes = b"{}", status: str = "200 OK", **headers: str) -> Callable[[Exchange], Any]:
    """Make an answer that is the same for every request."""

    async def answer(exchange: Exchange) -> None:
        await exchange.reply(body, status, **headers)

    return answer


async def test_environment_proxies_are_not_used(
    serve: Serve, make: Make, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A proxy variable in the environment does not redirect prompts and keys."""
    server, proxy = await serve(replying()), await serve(replying())
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.setenv("ALL_PROXY", proxy.url)

    async with make().stream("GET", server.url, ctx=context()) as response:
        await response.read()

    assert (server.connections, proxy.connections) == (1, 0)


async def test_an_explicit_proxy_is_used(serve: Serve, make: Make, context: Any) -> None:
    """A proxy that the host names gets the request, and its connection is kept."""
    proxy = await serve(replying(b'{"by": "proxy"}'))
    transport = make(proxy=proxy.url, allow_http=True)

    for _ in range(2):
        async with transport.stream("GET", "http://example.test/v1", ctx=context()) as response:
            answer = await response.json()

    assert answer == {"by": "proxy"}
    assert proxy.requests[0].line == "GET http://example.test/v1 HTTP/1.1"
    assert proxy.connections == 1


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "[::1]", "localhost", "169.254.169.254"])
async def test_a_proxy_is_no_way_around_the_guard(serve: Serve, context: Any, host: str) -> None:
    """Literal addresses are judged although the proxy would dial them."""
    proxy = await serve(replying())
    transport = HttpTransport(proxy=proxy.url, allow_http=True)

    with pytest.raises(TransportError) as caught:
        async with transport.stream("GET", f"http://{host}/", ctx=context()):
            pass

    assert caught.value.code == "ADDRESS_REFUSED"
    assert proxy.connections == 0
