"""Recordings of requests and their answers, for authors of providers: a transport that writes, and one that reads."""

from __future__ import annotations

import json as json_text
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from geppetto.recording.answer import MemoryAnswer
from geppetto.recording.cassette import take, unused
from geppetto.secret import Secret
from geppetto.transport.redact import redact_headers, redact_url
from geppetto.transport.refusal import kept_headers, refusal
from geppetto.transport.retry import Retrier, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import HttpResponse, SseEvent, Transport
    from geppetto.errors import ProviderError
    from geppetto.recording.cassette import Cassette

    Classify = Callable[[int, Mapping[str, str], bytes], ProviderError]

__all__ = ["RecordingTransport", "ReplayTransport", "case_of"]

T = TypeVar("T")
_REFUSAL = 400


class RecordingTransport:
    """Pass requests on and keep them with their answers; `secrets` are what was sent as a secret."""

    def __init__(self, inner: Transport, cassette: Cassette) -> None:
        self._inner, self._cassette = inner, cassette
        self.secrets: set[str] = set()

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        ctx: RunContext,
        headers: Mapping[str, str | Secret] | None = None,
        json: Any = None,
        classify: Classify | None = None,
    ) -> AsyncIterator[_Heard]:
        """Send a request and open its response (see `geppetto.engine.deps.Transport.stream`)."""
        sent = dict(headers or {})
        secrets = [value.reveal() for value in sent.values() if isinstance(value, Secret)]
        self.secrets |= {part for secret in secrets for part in {secret, secret.rpartition(" ")[2]}}
        interaction: dict[str, Any] = {
            "request": {
                "method": method, "url": redact_url(url), "headers": redact_headers(sent), "body": json_copy(json),
            }
        }  # fmt: skip

        def heard(status: int, answered: Mapping[str, str], body: bytes) -> ProviderError:
            interaction["response"] = _response(status, answered) | _body(body)
            if classify is not None:
                return classify(status, answered, body)
            return refusal(urlsplit(url).netloc, status, answered, body, None, now=time.time())

        try:
            async with self._inner.stream(
                method, url, ctx=ctx, headers=headers, json=json, classify=heard
            ) as response:
                interaction["response"] = _response(response.status, response.headers)
                yield _Heard(response, interaction["response"])
        finally:
            if "response" in interaction:
                self._cassette.interactions.append(interaction)

    async def retrying(
        self, ctx: RunContext, attempt: Callable[[int], Awaitable[T]], *, started: Callable[[], bool]
    ) -> T:
        """Call `attempt` until it succeeds (see `geppetto.engine.deps.Transport.retrying`)."""
        return await self._inner.retrying(ctx, attempt, started=started)

    def with_local(self) -> RecordingTransport:
        """Return a view that may dial this machine and records into the same cassette."""
        view = RecordingTransport(self._inner.with_local(), self._cassette)
        view.secrets = self.secrets
        return view

    async def aclose(self) -> None:
        """Close the connections of the running loop."""
        close = getattr(self._inner, "aclose", None)
        if close is not None:
            await close()


class _Heard:
    """A response that writes down what is read from it."""

    def __init__(self, inner: HttpResponse, kept: dict[str, Any]) -> None:
        self.status, self.headers = inner.status, inner.headers
        self._inner, self._kept = inner, kept

    async def sse(self) -> AsyncIterator[list[SseEvent]]:
        """Read server-sent events; they are kept as text, framed anew."""
        self._kept["sse_raw"] = ""
        async for batch in self._inner.sse():
            self._kept["sse_raw"] += "".join(_framed(event) for event in batch)
            yield batch

    async def json(self) -> Any:
        """Read the whole body as JSON."""
        found = await self._inner.json()
        self._kept["body"] = json_copy(found)
        return found

    async def read(self) -> bytes:
        """Read the whole body."""
        body = await self._inner.read()
        self._kept.update(_body(body))
        return body


class ReplayTransport:
    """Answer from a cassette: each interaction once, to the request with the same method, path and body."""

    def __init__(self, cassette: Cassette) -> None:
        self._left = list(cassette.interactions)
        self._retrier = Retrier(RetryPolicy(first_wait=0.0, longest_wait=0.0))

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        ctx: RunContext,
        headers: Mapping[str, str | Secret] | None = None,
        json: Any = None,
        classify: Classify | None = None,
    ) -> AsyncIterator[MemoryAnswer]:
        """Answer from the cassette; raise ConfigError (CASSETTE_NO_MATCH) for a request that it does not have."""
        if ctx.tap is not None:
            ctx.tap.call("on_http", method, redact_url(url), redact_headers(dict(headers or {})), json)
        wanted = {"method": method, "url": redact_url(url), "body": json_copy(json)}
        found = take(self._left, wanted, lambda recorded: _key(recorded) == _key(wanted), "request")
        response = found["response"]
        answer = MemoryAnswer(
            int(response["status"]),
            dict(response.get("headers") or {}),
            _pieces(response),
            ctx.tap,
            "the recording",
        )
        if answer.status >= _REFUSAL:
            body = await answer.read()
            raise refusal("the recording", answer.status, answer.headers, body, classify, now=time.time())
        yield answer

    async def retrying(
        self, ctx: RunContext, attempt: Callable[[int], Awaitable[T]], *, started: Callable[[], bool]
    ) -> T:
        """Call `attempt` until it succeeds: the recorded refusals come again, the waiting does not."""
        return await self._retrier.run(ctx, attempt, started)

    def with_local(self) -> ReplayTransport:
        """Return itself: nothing is dialled."""
        return self

    def check_all_used(self) -> None:
        """Raise ConfigError (CASSETTE_UNUSED) when an interaction was not asked for."""
        if self._left:
            raise unused(self._left, "request")


def case_of(interaction: Mapping[str, Any], *features: str, **expect: Any) -> dict[str, Any]:
    """Return a recorded interaction as a case of `geppetto.testing.contracts`, to be saved among a provider's cases."""
    case: dict[str, Any] = {"features": list(features), "request": dict(interaction["request"])}
    return {**case, "response": dict(interaction["response"]), "expect": expect}


def json_copy(value: Any) -> Any:
    """Return JSON as plain JSON, shared with nobody."""
    return json_text.loads(json_text.dumps(value))


def _key(request: Mapping[str, Any]) -> Any:
    parts = urlsplit(str(request["url"]))
    return str(request["method"]).upper(), parts.path, parts.query, request.get("body")


def _response(status: int, headers: Mapping[str, str]) -> dict[str, Any]:
    kept = {**kept_headers(headers), "content-type": headers.get("content-type", "")}
    return {"status": status, "headers": {name: value for name, value in kept.items() if value}}


def _body(body: bytes) -> dict[str, Any]:
    text = body.decode("utf-8", "replace")
    try:
        return {"body": json_text.loads(text)}
    except ValueError:
        return {"body_text": text}


def _framed(event: SseEvent) -> str:
    name = "" if event.event == "message" else f"event: {event.event}\n"
    return name + "".join(f"data: {line}\n" for line in event.data.split("\n")) + "\n"


def _pieces(response: Mapping[str, Any]) -> list[bytes]:
    """Return the body in the pieces in which it is read: event by event, or whole."""
    if "sse_raw" in response:
        return [f"{event}\n\n".encode() for event in str(response["sse_raw"]).split("\n\n") if event.strip()]
    if "body_text" in response:
        return [str(response["body_text"]).encode()]
    return [json_text.dumps(response.get("body"), ensure_ascii=False).encode()]
