from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from geppetto.errors import TransportError
from geppetto.secret import Secret
from geppetto.transport import HttpTransport

if TYPE_CHECKING:
    from core.tests.transport.conftest import Serve
    from core.tests.transport.loopback import Exchange

Make = Callable[..., HttpTransport]


async def silent(exchange: Exchange) -> None:
    """Never answer."""
    await exchange.reader.read()


@pytest.mark.parametrize(
    "url",
    [
        *[
            "",
            "example.com",
            "/v1",
            "ftp://example.com",
            "https://",
            "https://exa mple.com",
            "https://a:b@example.com",
        ],
        *[
            "https://user@example.com",
            "https://example.com:99999",
            "https://[::1",
            "http://x\ny",
            "https://\ud800.test",
        ],
    ],
)
async def test_bad_urls(make: Make, context: Any, url: str) -> None:
    """What is no plain absolute URL is refused, a user in it too, and is not repeated with its password."""
    transport = make()

    with pytest.raises(TransportError) as caught:
        async with transport.stream("GET", url, ctx=context()):
            pass

    assert caught.value.code == "BAD_URL"
    assert "a:b@" not in str(caught.value.to_json())


async def test_unusual_urls_are_sent_well(serve: Serve, make: Make, context: Any) -> None:
    """What stands in a path or query beyond ASCII is escaped; what is escaped stays."""

    async def answer(exchange: Exchange) -> None:
        await exchange.reply()

    server = await serve(answer)

    async with make().stream("GET", f"{server.url}/models/é%20x:go?alt=sse#part", ctx=context()) as response:
        await response.read()

    assert server.requests[0].line == "GET /models/%C3%A9%20x:go?alt=sse HTTP/1.1"
    assert server.requests[0].headers["host"] == f"127.0.0.1:{server.port}"


@pytest.mark.parametrize("value", ["canary\r\nx: y", "canary\n", "canary-☃", "canary\0"])
async def test_headers_that_cannot_be_sent(serve: Serve, make: Make, context: Any, value: str) -> None:
    """A stray line break in a key is refused without showing the key."""
    server = await serve(silent)
    transport = make()

    with pytest.raises(TransportError) as caught:
        async with transport.stream("GET", server.url, ctx=context(), headers={"x-key": Secret(value)}):
            pass

    assert caught.value.code == "BAD_HEADER"
    assert "canary" not in str(caught.value.to_json())
    assert transport.open_connections() == 0
