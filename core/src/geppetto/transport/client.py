"""HttpTransport: requests through the guard, with our clocks, our errors and nothing kept between them.

httpcore is the HTTP engine under httpx. Using its connections directly keeps the name of every request's URL out of
httpx's log, needs no private attribute for the guard's network backend, and saves a one-shot command the 100 ms that
`import httpx` takes. No cookies are kept, no redirects followed, no proxy is taken from the environment.
"""

from __future__ import annotations

import asyncio
import copy
import functools
import json as json_text
import re
import threading
import time
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import httpcore

from geppetto.errors import EncodeError, TransportError
from geppetto.secret import Secret
from geppetto.transport.guard import GuardedBackend, Policy, insecure, system_resolver
from geppetto.transport.lane import Lane, installed_parsers
from geppetto.transport.mapping import FAILURES, transport_error
from geppetto.transport.pool import LanePool
from geppetto.transport.redact import redact_headers, redact_url, scrub
from geppetto.transport.refusal import redirect, refusal
from geppetto.transport.response import OpenResponse
from geppetto.transport.retry import Retrier, RetryPolicy
from geppetto.transport.target import Target
from geppetto.transport.timeouts import Limits, Waits

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping

    from geppetto.engine.context import RunContext
    from geppetto.errors import ProviderError
    from geppetto.transport.guard import Resolver
    from geppetto.transport.lane import Parser

__all__ = ["HttpTransport"]

T = TypeVar("T")
_OWN_HEADERS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "geppetto"}
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110 §5.6.2
_HEADER_VALUE = re.compile(r"[\t\x20-\x7e\x80-\xff]*")  # RFC 9110 §5.5
_REDIRECT, _REFUSAL = 300, 400


@functools.cache
def _shared_context() -> ssl.SSLContext:
    """Make the process's one TLS context (12-16 ms): the system's and certifi's roots, SSL_CERT_FILE honoured."""
    return httpcore.default_ssl_context()


class HttpTransport:
    """The transport of a host; it serves any number of event loops, each with connections of its own.

    `verify` replaces the shared TLS context. `proxy` is the address of an HTTP proxy; then only the proxy is dialled,
    so the guard sees literal addresses and `localhost` in URLs, but not what the proxy makes of a name. `parser` is the
    fastest that is installed; through a proxy it is h11.
    """

    def __init__(
        self,
        limits: Limits = Limits(),  # noqa: B008  # a frozen value
        *,
        allow_local: bool = False,
        allow_http: bool = False,
        clock: Callable[[], float] = time.monotonic,
        verify: ssl.SSLContext | None = None,
        proxy: str | None = None,
        resolve: Resolver = system_resolver,
        retrier: Retrier | None = None,
        parser: Parser | None = None,
    ) -> None:
        self._limits, self._clock, self._verify, self._proxy = limits, clock, verify, proxy
        self._policy, self._resolve = Policy(allow_local=allow_local, allow_http=allow_http), resolve
        self._retrier = retrier or Retrier(RetryPolicy())
        self._parser: Parser = parser or installed_parsers()[0]
        self._lock = threading.Lock()
        self._loops: dict[asyncio.AbstractEventLoop, dict[tuple[str, Policy], LanePool]] = {}

    def with_local(self) -> HttpTransport:
        """Return a view that may dial loopback and private addresses; it shares no connection with this one."""
        view = copy.copy(self)
        view._policy = replace(self._policy, allow_local=True)  # noqa: SLF001  # the view is ours
        return view

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
    ) -> AsyncIterator[OpenResponse]:
        """Send a request and open its response (see `geppetto.engine.deps.Transport.stream`)."""
        target = self._target(url)
        sent = {**_OWN_HEADERS, **{name.lower(): value for name, value in (headers or {}).items()}}
        body = _body(json, sent)
        if ctx.tap is not None:
            ctx.tap.call("on_http", method, redact_url(url), redact_headers(sent), json)
        waits = Waits(self._limits, ctx.remaining, self._clock)
        pool = self._pool(target)
        lane = await pool.take()
        response: OpenResponse | None = None
        try:
            request = _request(method, target, sent, body)
            response = await self._open(lane, request, waits, ctx, target.origin)
            if response.status >= _REDIRECT:
                raise await self._refused(response, target.origin, sent, classify)
            yield response
        finally:
            try:
                if response is not None:
                    await response.aclose()
            finally:
                await pool.give(lane, reusable=response is not None and response.complete)

    def retrying(
        self, ctx: RunContext, attempt: Callable[[int], Awaitable[T]], *, started: Callable[[], bool]
    ) -> Coroutine[Any, Any, T]:
        """Call `attempt` until it succeeds (see `geppetto.engine.deps.Transport.retrying`)."""
        return self._retrier.run(ctx, attempt, started)

    def open_connections(self) -> int:
        """Return the number of connections in use or idle, on all loops."""
        return sum(len(pool) for pools in list(self._loops.values()) for pool in list(pools.values()))

    async def aclose(self) -> None:
        """Close the connections of the running loop and forget those of loops that are closed."""
        with self._lock:
            pools = self._loops.pop(asyncio.get_running_loop(), {})
            self._forget_dead_loops()
        for pool in pools.values():
            await pool.aclose()

    def _target(self, url: str) -> Target:
        target = Target.parse(url)
        plain = target.scheme == "http"
        if plain and not (self._policy.allow_http or self._policy.allow_local):
            raise insecure(target.host)
        if self._proxy is not None:
            self._policy.check_text(target.host, plain=plain)
        return target

    def _pool(self, target: Target) -> LanePool:
        loop, key = asyncio.get_running_loop(), (target.origin, self._policy)
        pools = self._loops.get(loop)
        if pools is None:
            with self._lock:
                self._forget_dead_loops()
                pools = self._loops.setdefault(loop, {})
        if key not in pools:
            pools[key] = LanePool(functools.partial(self._lane, target), self._limits, self._clock)
        return pools[key]

    def _forget_dead_loops(self) -> None:
        for loop in [loop for loop in self._loops if loop.is_closed()]:
            del self._loops[loop]

    def _lane(self, target: Target) -> Lane:
        plain = target.scheme == "http"
        context = None if plain else self._verify or _shared_context()
        # who names a proxy trusts its address, which mostly is a private one; targets were judged by `_target`
        policy = self._policy if self._proxy is None else Policy(allow_local=True, allow_http=True)
        return Lane(
            target, GuardedBackend(policy, self._resolve, plain=plain), context, self._proxy, self._parser
        )

    async def _open(
        self, lane: Lane, request: httpcore.Request, waits: Waits, ctx: RunContext, origin: str
    ) -> OpenResponse:
        try:
            answer = await lane.send(request, waits)
        except FAILURES as error:
            raise transport_error(error, waits, origin) from error
        waits.phase = "answered"
        response = OpenResponse(answer, origin=origin, waits=waits, limits=self._limits, tap=ctx.tap)
        if ctx.tap is not None:
            ctx.tap.call("on_http_response", response.status, redact_headers(response.headers))
        return response

    async def _refused(
        self,
        response: OpenResponse,
        origin: str,
        sent: Mapping[str, str | Secret],
        classify: Callable[[int, Mapping[str, str], bytes], ProviderError] | None,
    ) -> ProviderError | TransportError:
        if response.status < _REFUSAL:
            return redirect(origin, response.status, response.headers)
        secrets = [value.reveal() for value in sent.values() if isinstance(value, Secret)]
        body = scrub(await response.read_at_most(self._limits.max_error_body), secrets)
        return refusal(origin, response.status, response.headers, body, classify, now=time.time())


def _body(json: Any, headers: dict[str, str | Secret]) -> bytes:
    if json is None:
        return b""
    headers.setdefault("content-type", "application/json")
    try:
        return json_text.dumps(json, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError:  # half of a surrogate pair: legal in JSON as an escape, not in UTF-8
        return json_text.dumps(json, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise EncodeError(f"the request body is no JSON: {error}", subject="json") from None


def _request(
    method: str, target: Target, headers: Mapping[str, str | Secret], body: bytes
) -> httpcore.Request:
    """Write the request; this is where secrets are revealed, and the last place that may complain about them."""
    lines = [("host", target.authority)]
    if body or method.upper() not in ("GET", "HEAD", "DELETE"):
        lines.append(("content-length", str(len(body))))
    for name, value in headers.items():
        text = value.reveal() if isinstance(value, Secret) else value
        if not (_HEADER_NAME.fullmatch(name) and _HEADER_VALUE.fullmatch(text)):
            raise TransportError(
                f"the header {name!r} has a name or value that HTTP cannot carry",
                code="BAD_HEADER",
                subject=name,
                next_step="look for a line break or a stray character, for instance at the end of the key",
            )
        lines.append((name, text.strip()))
    url = httpcore.URL(scheme=target.scheme, host=target.host, port=target.own_port, target=target.path)
    raw = [(name.encode(), value.encode("latin-1")) for name, value in lines]
    return httpcore.Request(method.upper(), url, headers=raw, content=body)
