"""One connection to one origin, with the clocks of the request that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Sequence

    from geppetto.transport.guard import GuardedBackend
    from geppetto.transport.target import Target
    from geppetto.transport.timeouts import Waits
    from geppetto.transport.wire import WireAnswer, WireConnection

__all__ = ["Lane", "Parser", "installed_parsers"]

#: what reads the answers: httpcore with h11, or httptools, a part of `geppetto[fast]`
Parser: TypeAlias = Literal["h11", "httptools"]


def installed_parsers() -> tuple[Parser, ...]:
    """Return the parsers that can be used, the fastest first; an old httptools refuses bare line feeds and is not used."""
    try:
        from httptools import HttpResponseParser
    except ImportError:
        return ("h11",)
    return ("httptools", "h11") if hasattr(HttpResponseParser, "set_dangerous_leniencies") else ("h11",)


class Lane:
    """A connection that is opened by its first request and serves one request at a time."""

    __slots__ = ("_connection", "idle_since", "waits")

    def __init__(
        self,
        target: Target,
        backend: GuardedBackend,
        context: ssl.SSLContext | None,
        proxy: str | None = None,
        parser: Parser = "h11",
    ) -> None:
        self.waits: Waits | None = None
        self.idle_since = 0.0
        clocked = _ClockedBackend(backend, self)
        self._connection: httpcore.AsyncHTTPConnection | httpcore.AsyncHTTPProxy | WireConnection
        if proxy is not None:
            self._connection = httpcore.AsyncHTTPProxy(
                proxy, ssl_context=context, max_connections=1, network_backend=clocked
            )
        elif parser == "httptools":
            from geppetto.transport.wire import WireConnection

            self._connection = WireConnection(target, context, clocked)
        else:
            origin = httpcore.Origin(target.scheme.encode(), target.host.encode(), target.port)
            self._connection = httpcore.AsyncHTTPConnection(origin, context, network_backend=clocked)

    async def send(self, request: httpcore.Request, waits: Waits) -> httpcore.Response | WireAnswer:
        """Send a request and return the head of its answer."""
        self.waits = waits
        return await self._connection.handle_async_request(request)

    def is_open(self) -> bool:
        """Say whether there is a connection that a further request could use."""
        return any(connection.is_available() for connection in self._parts())

    def is_stale(self) -> bool:
        """Say whether the server has closed the idle connection in the meantime."""
        return any(connection.has_expired() for connection in self._parts())

    async def aclose(self) -> None:
        """Close the socket."""
        await self._connection.aclose()

    def _parts(self) -> Sequence[httpcore.AsyncConnectionInterface | WireConnection]:
        one = self._connection
        return one.connections if isinstance(one, httpcore.AsyncHTTPProxy) else [one]


class _ClockedBackend(httpcore.AsyncNetworkBackend):
    """Dials with the time that the lane's request has left, and has the stream follow the lane's clocks."""

    def __init__(self, backend: GuardedBackend, lane: Lane) -> None:
        self._backend, self._lane = backend, lane

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002, ASYNC109  # the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        seconds = self._lane.waits.connect() if self._lane.waits else None
        stream = await self._backend.connect_tcp(host, port, seconds, local_address, socket_options)
        stream.lane = self._lane
        return stream
