"""The engine that every HTTP provider uses: one request per reply through the host's transport, read by one reducer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from geppetto.engine.reply import Reply
from geppetto.errors import GeppettoError, InvalidOption, TransportError
from geppetto.events import Log
from geppetto.provider.counting import Counting, estimated
from geppetto.provider.errors import invalid_reply
from geppetto.provider.listing import Listing, read_pages
from geppetto.tokens.model import TokenCount
from geppetto.turns import json_text
from geppetto.turns.calls import call_ids

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from geppetto.catalog.model import ModelInfo
    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import Deps, HttpResponse, SseEvent
    from geppetto.errors import ProviderError
    from geppetto.secret import Secret
    from geppetto.turns import Turn

    Classify = Callable[[int, Mapping[str, str], bytes], ProviderError]

__all__ = ["HttpEngine", "HttpRequest", "Reducer"]

#: seconds to wait for the end of a stream whose last event has come
_LINGER = 0.25
_REQUEST_ID = ("x-request-id", "request-id")
#: what code that reads an answer of an unexpected shape raises
_MISREAD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Reducer(Protocol):
    """What reads one answer into a Reply, whole or event by event."""

    #: the stream said that nothing follows
    done: bool

    def feed(self, data: str, event: str) -> None:
        """Add one server-sent event."""

    def whole(self, body: Any) -> None:
        """Add an unstreamed body."""

    def finish(self) -> None:
        """End the reply; raise TransportError when the answer was cut off."""


@dataclass(slots=True, frozen=True)
class HttpRequest:
    """One request, ready to send, and what reads its answer.

    `dropped_blocks` are the ids of blocks with content of another origin, which this request leaves out, and
    `dropped_settings` names what the model does not take; both are told in the run's result.
    """

    url: str
    body: dict[str, Any]
    model: str
    stream: bool
    reducer: Callable[[Reply, Callable[[Any], object] | None], Reducer]
    headers: Mapping[str, str | Secret]
    dropped_blocks: tuple[str, ...] = ()
    dropped_settings: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


class HttpEngine:
    """Complete turns with one API of a vendor.

    `prepare(ctx, turn)` writes the request; `classify(status, headers, body)` says what an error answer means;
    `counting` and `listing` say how the vendor counts tokens and lists its models, where it does.
    """

    def __init__(
        self,
        name: str,
        prepare: Callable[[RunContext, Turn], HttpRequest],
        classify: Classify,
        deps: Deps,
        *,
        counting: Counting | None = None,
        listing: Listing | None = None,
    ) -> None:
        self._name, self._prepare, self._classify, self._deps = name, prepare, classify, deps
        self._counting, self._listing = counting or Counting(), listing

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete `turn`."""
        if ctx.tap is not None:
            ctx.tap.call("on_turn_before_conversion", turn)
        request = self._prepare(ctx, turn)
        for warning in request.warnings:
            ctx.emit(Log(level="warning", message=warning))
        call = _Call(ctx, request, self._name, self._classify, self._deps, call_ids(turn))
        reply = await self._deps.transport.retrying(ctx, call.attempt, started=call.has_started)
        return reply.extend(turn)

    async def count_tokens(self, ctx: RunContext, turn: Turn, *, offline: bool = False) -> TokenCount:
        """Count the request that `run_inference` would send: by the vendor's endpoint, else on this machine."""
        request, counting = self._prepare(ctx, turn), self._counting
        if offline or counting.endpoint is None or counting.read is None:
            return estimated(request, counting)
        url, body = counting.endpoint(request)
        async with self._deps.transport.stream(
            "POST", url, ctx=ctx, headers=request.headers, json=body, classify=self._classify
        ) as response:
            answer = await response.json()
        try:
            return TokenCount(int(counting.read(answer)), "provider", request.model)
        except _MISREAD as error:
            raise invalid_reply(answer) from error

    async def list_models(self, ctx: RunContext) -> list[ModelInfo]:
        """Return the models that the vendor lists now; raises InvalidOption for a vendor without a list."""
        if self._listing is None:
            raise InvalidOption(f"{self._name} has no list of models to ask for", subject=self._name)
        return await read_pages(self._listing, self._deps.transport, ctx, self._classify)


class _Call:
    """One request and its tries; each try fills a reply of its own."""

    def __init__(
        self,
        ctx: RunContext,
        request: HttpRequest,
        name: str,
        classify: Classify,
        deps: Deps,
        taken: Sequence[str],
    ) -> None:
        self._ctx, self._request, self._name, self._classify, self._deps = ctx, request, name, classify, deps
        self._taken = taken
        self._current: Reply | None = None

    def has_started(self) -> bool:
        """Say whether the try under way has given content."""
        return self._current is not None and self._current.started

    def _reply(self, number: int) -> Reply:
        reply = Reply(self._ctx, provider=self._name, model=self._request.model, taken=self._taken)
        reply.result.attempts = number
        reply.result.dropped_blocks = list(self._request.dropped_blocks)
        reply.result.dropped_settings = list(self._request.dropped_settings)
        return reply

    async def attempt(self, number: int) -> Reply:
        """Send the request and read the answer."""
        reply = self._current = self._reply(number)
        reply.start()
        reducer = self._request.reducer(reply, self._watch())
        async with self._deps.transport.stream(
            "POST",
            self._request.url,
            ctx=self._ctx,
            headers=self._request.headers,
            json=self._request.body,
            classify=self._classify,
        ) as response:
            request_id = next((found for name in _REQUEST_ID if (found := response.headers.get(name))), "")
            if request_id:
                reply.metadata(request_id=request_id)
            await self._read(response, _Careful(reducer))
        return reply

    def _watch(self) -> Callable[[Any], object] | None:
        tap = self._ctx.tap
        return None if tap is None else lambda found: tap.call("on_provider_object", found)

    async def _read(self, response: HttpResponse, reducer: _Careful) -> None:
        if not self._request.stream:
            reducer.whole(await response.json())
        elif "application/json" in response.headers.get("content-type", ""):
            _read_unlabelled(await response.read(), reducer)
        else:
            await self._read_stream(response.sse(), reducer)
        reducer.finish()

    async def _read_stream(self, batches: AsyncIterator[list[SseEvent]], reducer: _Careful) -> None:
        async for batch in batches:
            reducer.feed(batch)
            del batch  # a stream that waits keeps nothing of what it has read
            await self._ctx.drain()
            if reducer.done:
                break
        await _read_out(batches)


class _Careful:
    """A vendor's reducer whose stumbling over an answer of another shape is a clear error."""

    def __init__(self, reducer: Reducer) -> None:
        self._reducer = reducer

    @property
    def done(self) -> bool:
        return self._reducer.done

    def feed(self, batch: list[SseEvent]) -> None:
        feed = self._reducer.feed
        for event in batch:
            try:
                feed(event.data, event.event)
            except GeppettoError:
                raise
            except _MISREAD as error:
                raise invalid_reply(event.data) from error

    def whole(self, body: Any) -> None:
        try:
            self._reducer.whole(body)
        except GeppettoError:
            raise
        except _MISREAD as error:
            raise invalid_reply(body) from error

    def finish(self) -> None:
        try:
            self._reducer.finish()
        except GeppettoError:
            raise
        except _MISREAD as error:
            raise invalid_reply(str(error)) from error


def _read_unlabelled(body: bytes, reducer: _Careful) -> None:
    """Read what calls itself JSON: a host that knows no streaming answers so, and some stream under that name."""
    if not body.lstrip().startswith((b"data:", b"event:", b":")):
        reducer.whole(_json(body))
        return
    from geppetto.transport import SseParser

    parser = SseParser()
    reducer.feed([*parser.feed(body), *parser.close()])


def _json(body: bytes) -> Any:
    try:
        return json_text.read(body)
    except ValueError as error:
        raise invalid_reply(body.decode("utf-8", "replace")) from error


async def _read_out(batches: AsyncIterator[list[SseEvent]]) -> None:
    """Read what follows the last event, so that the connection can be used again; the reply waits for no more."""
    try:
        async with asyncio.timeout(_LINGER):
            async for _ in batches:
                pass
    except (TimeoutError, TransportError):
        pass  # some hosts leave the stream open after its last event
