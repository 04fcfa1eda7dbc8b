"""The engine: one request per reply through the host's transport, read by the one reducer."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from geppetto.engine import Reply
from geppetto.errors import CredentialError, InvalidOption, TransportError
from geppetto.secret import Secret

from geppetto_provider_openai.errors import classify, invalid_reply
from geppetto_provider_openai.plugin import CREDENTIAL

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from geppetto.engine import Deps, HttpResponse, RunContext, SseEvent
    from geppetto.turns import Turn

    from geppetto_provider_openai.request import Request

__all__ = ["Api", "OpenAIEngine"]

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_NO_KEY = frozenset({"CREDENTIALS_MISSING", "KEY_NOT_FOR_HOST"})
#: seconds to wait for the end of a stream whose last event has come
_LINGER = 0.25


class Reducer(Protocol):
    """What reads an answer into a Reply, whole or event by event."""

    #: the stream said that nothing follows
    done: bool

    def feed(self, data: str, event: str) -> None:
        """Add one server-sent event."""

    def whole(self, body: Any) -> None:
        """Add an unstreamed body."""

    def finish(self) -> None:
        """End the reply."""


@dataclass(slots=True, frozen=True)
class Api:
    """One of the vendor's APIs: where it is, how a request is made, how an answer is read."""

    name: str
    path: str
    build_request: Callable[..., Request]
    reducer: Callable[..., Reducer]


class OpenAIEngine:
    """Complete turns with one of OpenAI's APIs."""

    def __init__(self, settings: Any, deps: Deps, api: Api) -> None:
        self._settings, self._deps, self._api = settings, deps, api

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete `turn`."""
        if ctx.tap is not None:
            ctx.tap.call("on_turn_before_conversion", turn)
        if not (ctx.inference.model or self._settings.model):
            raise InvalidOption(
                f"the engine {self._api.name} needs a model",
                subject="model",
                next_step="--model gpt-4o-mini, or the setting `model`",
            )
        request = self._api.build_request(turn, ctx.inference, ctx.tools, ctx.tool_config, self._settings)
        if request.dropped:
            self._deps.log.debug(
                "%s: not sent, of another origin: blocks %s", self._api.name, ", ".join(request.dropped)
            )
        call = _Call(ctx, request, self._deps, self._api, self._url(), self._headers())
        reply = await self._deps.transport.retrying(ctx, call.attempt, started=lambda: call.reply.started)
        return reply.extend(turn)

    def _url(self) -> str:
        base_url: str = self._settings.base_url
        parts = urlsplit(base_url)  # a query (`?api-version=...`) stays behind the path
        return parts._replace(path=parts.path.rstrip("/") + self._api.path).geturl()

    def _headers(self) -> dict[str, str | Secret]:
        settings = self._settings
        named = {"OpenAI-Organization": settings.organization, "OpenAI-Project": settings.project}
        headers: dict[str, str | Secret] = {name: value for name, value in named.items() if value}
        key = self._key()
        if key is not None:
            headers["Authorization"] = Secret(f"Bearer {key.reveal()}")
        return {**headers, **settings.extra_headers}

    def _key(self) -> Secret | None:
        base_url = self._settings.base_url
        try:
            return self._deps.credentials.resolve(
                CREDENTIAL, base_url=base_url, explicit=self._settings.api_key
            )
        except CredentialError as error:
            if error.code in _NO_KEY and urlsplit(base_url).hostname in _LOOPBACK:
                return None  # local hosts ask for no key
            raise


class _Call:
    """One request and its tries; each try fills a reply of its own."""

    def __init__(
        self,
        ctx: RunContext,
        request: Request,
        deps: Deps,
        api: Api,
        url: str,
        headers: dict[str, str | Secret],
    ) -> None:
        self._ctx, self._request, self._deps, self._api = ctx, request, deps, api
        self._url, self._headers = url, headers
        self.reply = self._reply()

    def _reply(self) -> Reply:
        return Reply(self._ctx, provider=self._api.name, model=self._request.model)

    async def attempt(self, number: int) -> Reply:
        """Send the request and read the answer."""
        reply = self.reply = self._reply()
        reply.result.attempts = number
        reply.start()
        reducer = self._api.reducer(
            reply, names=self._request.names, origin=self._request.origin, watch=self._watch()
        )
        async with self._deps.transport.stream(
            "POST",
            self._url,
            ctx=self._ctx,
            headers=self._headers,
            json=self._request.body,
            classify=classify,
        ) as response:
            if response.headers.get("x-request-id"):
                reply.metadata(request_id=response.headers["x-request-id"])
            await self._read(response, reducer)
            reducer.finish()
        return reply

    def _watch(self) -> Callable[[Any], object] | None:
        tap = self._ctx.tap
        return None if tap is None else lambda found: tap.call("on_provider_object", found)

    async def _read(self, response: HttpResponse, reducer: Reducer) -> None:
        if not self._request.stream:
            reducer.whole(await response.json())
            return
        if "application/json" in response.headers.get("content-type", ""):
            _read_unlabelled(await response.read(), reducer)
            return
        batches = response.sse()
        async for batch in batches:
            for event in batch:
                reducer.feed(event.data, event.event)
            await self._ctx.drain()
            if reducer.done:
                break
        await _read_out(batches)


def _read_unlabelled(body: bytes, reducer: Reducer) -> None:
    """Read what calls itself JSON: a host that knows no streaming answers so, and some stream under that name."""
    if not body.lstrip().startswith((b"data:", b"event:", b":")):
        reducer.whole(_json(body))
        return
    from geppetto.transport import SseParser

    parser = SseParser()
    for event in [*parser.feed(body), *parser.close()]:
        reducer.feed(event.data, event.event)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
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
