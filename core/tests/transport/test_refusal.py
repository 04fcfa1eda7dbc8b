from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from geppetto.errors import AuthenticationFailed, ProviderError, RateLimited, TransportError
from geppetto.transport import HttpTransport, Limits

if TYPE_CHECKING:
    from core.tests.transport.conftest import Serve
    from core.tests.transport.loopback import Exchange

Make = Callable[..., HttpTransport]


def replying(body: bytes = b"{}", status: str = "200 OK", **headers: str) -> Callable[[Exchange], Any]:
    """Make an answer that is the same for every request."""

    async def answer(exchange: Exchange) -> None:
        await exchange.reply(body, status, **headers)

    return answer


async def test_refusals_are_classified(serve: Serve, make: Make, context: Any) -> None:
    """What `classify` makes of status, headers and body is raised, completed from the headers."""
    server = await serve(replying(b"busy", "529 Overloaded", retry_after="2.5", request_id="r-1"))
    seen: list[Any] = []

    def classify(status: int, headers: Any, body: bytes) -> ProviderError:
        seen.append((status, headers["request-id"], body))
        return ProviderError("overloaded", retryable=True)

    with pytest.raises(ProviderError) as caught:
        async with make().stream("POST", server.url, ctx=context(), classify=classify):
            pass

    assert seen == [(529, "r-1", b"busy")]
    assert (caught.value.status, caught.value.retry_after) == (529, 2.5)
    assert caught.value.details["headers"]["request-id"] == "r-1"


@pytest.mark.parametrize(
    ("status", "kind", "retryable"),
    [
        ("400 Bad", ProviderError, False),
        ("401 No", AuthenticationFailed, False),
        ("403 No", AuthenticationFailed, False),
        ("408 Slow", ProviderError, True),
        ("409 Conflict", ProviderError, True),
        ("429 Many", RateLimited, True),
        ("500 Oops", ProviderError, True),
        ("529 Full", ProviderError, True),
    ],
)
async def test_generic_refusals(
    serve: Serve, make: Make, context: Any, status: str, kind: type[ProviderError], retryable: bool
) -> None:
    """Without `classify` the status decides the kind of error and whether it may pass."""
    server = await serve(replying(b'{"error": {"message": "told so"}}', status))

    with pytest.raises(ProviderError) as caught:
        async with make().stream("POST", server.url, ctx=context()):
            pass

    assert (type(caught.value), caught.value.retryable) == (kind, retryable)
    assert "told so" in caught.value.message


async def test_a_large_error_body_is_bounded(serve: Serve, make: Make, context: Any) -> None:
    """Of an error's body only so much is read as the limit says."""
    server = await serve(replying(b"x" * 100_000, "500 Oops"))
    sizes: list[int] = []

    def classify(status: int, headers: Any, body: bytes) -> ProviderError:
        sizes.append(len(body))
        return ProviderError("no")

    with pytest.raises(ProviderError):
        async with make(limits=Limits(max_error_body=1000)).stream(
            "POST", server.url, ctx=context(), classify=classify
        ):
            pass

    assert sizes == [1000]


async def test_redirects_are_not_followed(serve: Serve, make: Make, context: Any) -> None:
    """A redirect is an error that names the place; nothing is sent there."""
    other = await serve(replying())
    server = await serve(replying(b"", "307 Moved", location=f"{other.url}/v2?key=s3cret-value"))

    with pytest.raises(TransportError) as caught:
        async with make().stream("POST", server.url, ctx=context(), headers={"authorization": "Bearer x"}):
            pass

    assert caught.value.code == "REDIRECT_REFUSED"
    assert f"{other.url}/v2" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert other.connections == 0
