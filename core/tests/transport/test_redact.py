from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from geppetto.errors import GeppettoError, ProviderError
from geppetto.secret import Secret
from geppetto.transport import HttpTransport, redact_headers, redact_text, redact_url

if TYPE_CHECKING:
    from core.tests.transport.conftest import Serve
    from core.tests.transport.loopback import Exchange

Make = Callable[..., HttpTransport]
CANARY = "canary0123456789"


@pytest.mark.parametrize(
    "name",
    [
        *["Authorization", "x-api-key", "X-Goog-Api-Key", "Cookie", "Set-Cookie", "Proxy-Authorization"],
        *["x-session-token", "client-secret", "api-key", "x-amz-security-token"],
    ],
)
def test_credential_headers_are_blanked(name: str) -> None:
    """Every header that may hold a credential shows nothing of it, whatever the value's type."""
    assert redact_headers({name: CANARY}) == {name: "***"}
    assert redact_headers({name: Secret(CANARY)}) == {name: "***"}


def test_other_headers_stay() -> None:
    """Harmless headers are shown, a Secret in them is not."""
    headers: dict[str, str | Secret] = {
        "accept": "*/*",
        "x-ratelimit-remaining-tokens": "17",
        "x-trace": Secret(CANARY),
    }

    shown = redact_headers(headers)

    assert shown == {"accept": "*/*", "x-ratelimit-remaining-tokens": "17", "x-trace": "***"}


@pytest.mark.parametrize(
    "text",
    [
        *["sk-proj-abcdefghijkl", "sk-ant-api03-abcdefgh", "AIzaSyA1234567890abcdef", "Bearer abc.def-ghi"],
        *[
            "gsk_abcdefghijkl",
            "hf_abcdefghijkl",
            "xai-abcdefghijkl",
            "ya29.abcdefghijkl",
            "Basic dXNlcjpwYXNz",
        ],
    ],
)
def test_key_shapes_are_blanked(text: str) -> None:
    """Texts of the shape of a key are blanked inside a sentence."""
    shown = redact_text(f"the key {text} is wrong")

    assert shown == "the key *** is wrong"


@pytest.mark.parametrize(
    "text",
    ["a sk-y", "the token count is 5", "task-based work", "https://a.test/v1?alt=sse&monkey-business=1"],
)
def test_other_text_stays(text: str) -> None:
    """Ordinary words are left alone."""
    assert redact_text(text) == text


def test_urls() -> None:
    """Key-like parameters and userinfo go, the rest of a URL stays."""
    shown = redact_url(f"https://me:{CANARY}@a.test/v1?key={CANARY}&alt=sse&access_token={CANARY}#x")

    assert shown == "https://a.test/v1?key=***&alt=sse&access_token=***#x"


def everything(error: BaseException) -> str:
    """Write all that an error shows: its text, JSON, notes, and the chain of its causes with their values."""
    parts = [repr(error), "".join(traceback.format_exception(error))]
    if isinstance(error, GeppettoError):
        parts.append(json.dumps(error.to_json()))
    chain: BaseException | None = error
    while chain is not None:
        parts.append(repr((chain, chain.args, vars(chain))))
        chain = chain.__cause__ or chain.__context__
    return " ".join(parts)


async def quoting(exchange: Exchange) -> None:
    """Refuse, and quote the key in body and headers, as vendors do."""
    body = json.dumps({"error": {"message": f"Incorrect API key provided: {CANARY}"}}).encode()
    await exchange.reply(body, "401 Unauthorized", set_cookie=f"session={CANARY}")


async def garbage(exchange: Exchange) -> None:
    """Answer with something that is not HTTP."""
    await exchange.send(b"?\r\n\r\n")
    exchange.reset()


async def redirecting(exchange: Exchange) -> None:
    """Send the client on, with its key in the address."""
    await exchange.reply(b"", "302 Found", location=f"https://other.test/?key={CANARY}")


def classify(status: int, headers: Any, body: bytes) -> ProviderError:
    """Use the vendor's text as it is."""
    return ProviderError(body.decode(), details={"body": body.decode()})


@pytest.mark.parametrize("answer", [quoting, garbage, redirecting])
@pytest.mark.parametrize("classifier", [classify, None])
async def test_a_canary_appears_nowhere(
    serve: Serve,
    make: Make,
    context: Any,
    loopback: Any,
    caplog: pytest.LogCaptureFixture,
    answer: Any,
    classifier: Any,
) -> None:
    """A key in header and URL is in no error, log record, tap call or repr, even if the server quotes it."""
    caplog.set_level(logging.DEBUG)
    server, transport, seen = await serve(answer), make(), list[Any]()
    tap = loopback.DebugTap(on_http=lambda *a: seen.append(a), on_http_response=lambda *a: seen.append(a))
    headers = {"authorization": Secret(f"Bearer {CANARY}"), "x-other": Secret(CANARY)}
    url = f"{server.url}/v1?key={CANARY}"

    with pytest.raises(GeppettoError) as caught:
        async with transport.stream("POST", url, ctx=context(tap=tap), headers=headers, classify=classifier):
            pass

    assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"
    assert seen
    # at DEBUG httpcore logs the headers of answers: what a server quotes in them is beyond our reach
    records = [one for one in caplog.records if answer is garbage or not one.name.startswith("httpcore")]
    logged = [record.getMessage() for record in records]
    shown = [everything(caught.value), repr(seen), repr(transport), repr(vars(transport)), *logged]
    assert [text for text in shown if CANARY in text] == []
