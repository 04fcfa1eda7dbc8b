"""A transport that answers from a script in memory: each piece is one network read, so chunk borders are exact.

It takes the exchanges that the replay server takes. Errors, retries and the debug tap work as over a real connection.
"""

from __future__ import annotations

import asyncio
import json as json_text
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

from geppetto.errors import TransportError
from geppetto.recording.answer import MemoryAnswer
from geppetto.secret import Secret
from geppetto.testing.replay_exchange import Exchange, ReceivedRequest
from geppetto.transport.redact import redact_headers, redact_url, scrub
from geppetto.transport.refusal import refusal
from geppetto.transport.retry import Retrier, RetryPolicy

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping

    from geppetto.engine.context import RunContext
    from geppetto.engine.debug import DebugTap
    from geppetto.errors import ProviderError

__all__ = ["CannedTransport"]

T = TypeVar("T")
_REFUSAL = 400


class CannedTransport:
    """Serve exchanges in order, each once; `requests` are what was asked. Give it to a Host as its transport."""

    def __init__(self, exchanges: Iterable[Exchange] = (), *, retrier: Retrier | None = None) -> None:
        self._unused = list(exchanges)
        self._retrier = retrier or Retrier(RetryPolicy(first_wait=0.0, longest_wait=0.0))
        self.requests: list[ReceivedRequest] = []

    def add(self, *exchanges: Exchange) -> None:
        """Add exchanges at the end of the script."""
        self._unused.extend(exchanges)

    @asynccontextmanager
    async def stream(
        self,
        method: str,
        url: str,
        *,
        ctx: RunContext,
        headers: Mapping[str, str | Secret] | None = None,
        json: Any = None,
        classify: Callable[[int, Mapping[str, str], bytes], ProviderError] | None = None,
    ) -> AsyncIterator[_Answer]:
        """Answer from the script (see `geppetto.engine.deps.Transport.stream`)."""
        sent = dict(headers or {})
        if ctx.tap is not None:
            ctx.tap.call("on_http", method, redact_url(url), redact_headers(sent), json)
        exchange = self._next(_received(method, url, sent, json))
        answer = _Answer(exchange, ctx.tap)
        if answer.status >= _REFUSAL:
            secrets = [value.reveal() for value in sent.values() if isinstance(value, Secret)]
            body = scrub(await answer.read(), secrets)
            raise refusal("canned", answer.status, answer.headers, body, classify, now=time.time())
        yield answer

    async def retrying(
        self, ctx: RunContext, attempt: Callable[[int], Awaitable[T]], *, started: Callable[[], bool]
    ) -> T:
        """Call `attempt` until it succeeds (see `geppetto.engine.deps.Transport.retrying`)."""
        return await self._retrier.run(ctx, attempt, started)

    def with_local(self) -> CannedTransport:
        """Return itself: nothing is dialled."""
        return self

    def assert_all_used(self) -> None:
        """Raise AssertionError when an exchange was not used."""
        if self._unused:
            msg = f"{len(self._unused)} unused exchanges"
            raise AssertionError(msg)

    def _next(self, request: ReceivedRequest) -> Exchange:
        self.requests.append(request)
        for exchange in self._unused:
            if exchange.takes(request):
                self._unused.remove(exchange)
                return exchange
        raise TransportError(
            f"the script has no exchange for {request.method} {request.path}",
            code="NO_EXCHANGE",
            subject=request.path,
            next_step="add one, or look why the request was made",
        )


class _Answer(MemoryAnswer):
    """An answer with the faults of its exchange."""

    def __init__(self, exchange: Exchange, tap: DebugTap | None) -> None:
        super().__init__(exchange.status, exchange.head(), exchange.pieces(), tap, "canned")
        self._exchange = exchange

    async def pieces(self) -> AsyncIterator[bytes]:
        """Give the pieces, as slowly and as far as the exchange says."""
        sent = 0
        await self._interrupted(sent)
        async for piece in super().pieces():
            await asyncio.sleep(self._exchange.delay)
            yield piece
            sent += 1
            await self._interrupted(sent)

    async def _interrupted(self, sent: int) -> None:
        if self._exchange.hang_after == sent:
            await asyncio.Event().wait()
        if self._exchange.drop_after in (sent, -1):
            raise TransportError("the connection was lost", code="CONNECTION_LOST", retryable=True)


def _received(method: str, url: str, headers: Mapping[str, str | Secret], json: Any) -> ReceivedRequest:
    parts = urlsplit(url)
    path = f"{parts.path}?{parts.query}" if parts.query else parts.path
    plain = {
        name.lower(): value.reveal() if isinstance(value, Secret) else value
        for name, value in headers.items()
    }
    body = b"" if json is None else json_text.dumps(json, ensure_ascii=False).encode()
    return ReceivedRequest(method, path, plain, body)
