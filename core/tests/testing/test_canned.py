"""The transport that answers from memory."""

import asyncio
from typing import Any

import pytest
from geppetto.engine import DebugTap
from geppetto.errors import ProviderError, RateLimited, TransportError
from geppetto.secret import Secret
from geppetto.testing import CannedTransport, Exchange, run_context

URL = "https://vendor.example/v1/say?x=1"


async def _events(transport: CannedTransport, **options: Any) -> list[list[str]]:
    async with transport.stream("POST", URL, ctx=run_context(), json={"a": 1}, **options) as answer:
        return [[event.data for event in batch] async for batch in answer.sse()]


async def test_each_piece_is_one_read() -> None:
    """The borders are those of the exchange, inside a character too."""
    body = "data: é\n\ndata: two\n\n".encode()
    transport = CannedTransport([Exchange(chunks=(body[:7], body[7:11], body[11:]))])

    assert await _events(transport) == [["é"], ["two"]]


async def test_requests_are_kept() -> None:
    """Method, path with its query, headers in lower case with their secrets, and the body."""
    transport = CannedTransport([Exchange(chunks=(b"data: x\n\n",))])

    await _events(transport, headers={"X-Key": Secret("k")})

    (request,) = transport.requests
    assert (request.method, request.path, request.headers) == ("POST", "/v1/say?x=1", {"x-key": "k"})
    assert request.json == {"a": 1}
    transport.assert_all_used()


async def test_a_refusal_is_an_error_without_the_key() -> None:
    """As over a real connection, the body is scrubbed of what was sent as a secret."""
    transport = CannedTransport([Exchange(401, body={"error": {"message": "bad key s3cret"}})])

    with pytest.raises(ProviderError) as caught:
        await _events(transport, headers={"x-key": Secret("s3cret")})

    assert caught.value.status == 401
    assert "s3cret" not in str(caught.value)


async def test_what_the_script_does_not_have_is_an_error() -> None:
    """A request too many, or one that no exchange takes; and an exchange too many."""
    transport = CannedTransport([Exchange(match=lambda request: request.path == "/elsewhere")])

    with pytest.raises(TransportError) as caught:
        await _events(transport)

    assert caught.value.code == "NO_EXCHANGE"
    with pytest.raises(AssertionError, match="1 unused"):
        transport.assert_all_used()


@pytest.mark.parametrize("fault", [{"drop_after": 1}, {"drop_after": -1}])
async def test_a_connection_can_be_lost(fault: dict[str, int]) -> None:
    """Before or in the middle of the answer."""
    transport = CannedTransport([Exchange(chunks=(b"data: x\n\n", b"data: y\n\n"), **fault)])  # type: ignore[arg-type]  # the fields are ints

    with pytest.raises(TransportError) as caught:
        await _events(transport)

    assert caught.value.code == "CONNECTION_LOST"


async def test_a_server_can_fall_silent() -> None:
    """A cancel ends the wait."""
    transport = CannedTransport([Exchange(chunks=(b"data: x\n\n",), hang_after=1)])

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await _events(transport)


async def test_other_tries_follow_a_passing_error() -> None:
    """The host's rules of retrying hold, without the waiting."""
    transport, ctx = CannedTransport([Exchange(429), Exchange(chunks=(b"data: x\n\n",))]), run_context()

    async def attempt(_number: int) -> list[list[str]]:
        return await _events(transport)

    assert await transport.retrying(ctx, attempt, started=lambda: False) == [["x"]]
    with pytest.raises(TransportError):
        await transport.retrying(ctx, attempt, started=lambda: True)
    assert issubclass(RateLimited, ProviderError)


async def test_the_debug_tap_sees_it_all() -> None:
    """Four of the five points are the transport's."""
    seen: list[str] = []
    tap = DebugTap(
        on_http=lambda *_: seen.append("http"),
        on_http_response=lambda *_: seen.append("response"),
        on_sse=lambda *_: seen.append("sse"),
    )
    transport = CannedTransport([Exchange(chunks=(b"data: x\n\n",)), Exchange(body=b"no json")])

    async with transport.stream("GET", URL, ctx=run_context(tap=tap)) as answer:
        assert [batch async for batch in answer.sse()]
    async with transport.stream("GET", URL, ctx=run_context(tap=tap)) as answer:
        with pytest.raises(TransportError, match="no JSON"):
            await answer.json()

    assert seen == ["http", "response", "sse", "http", "response"]
