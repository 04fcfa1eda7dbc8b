"""Sockets of the event loop as httpcore's network streams: plain asyncio, one small object for each connection.

The streams of anyio, which httpcore has at hand, hold ten KiB more for a connection that waits, and look at the socket
through three layers. Here one object is asyncio's protocol and httpcore's stream at once.
"""

from __future__ import annotations

import asyncio
import select
from typing import TYPE_CHECKING, Any, Protocol, cast

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable

    from geppetto.transport.timeouts import Waits

__all__ = ["Dialler", "SocketStream"]

#: unread bytes from which the socket is left alone, and to which they must fall before it is read again
_HIGH, _LOW = 256 * 1024, 64 * 1024
_PIECE = 64 * 1024


class _Clocked(Protocol):
    """Who knows the clocks of the request that uses a connection: httpcore has one read timeout for all its phases."""

    waits: Waits | None


class SocketStream(asyncio.Protocol, httpcore.AsyncNetworkStream):
    """One connection; the waits of `lane` count where it has some, else the timeouts that are given."""

    __slots__ = (
        "_buffer",
        "_closed",
        "_ended",
        "_error",
        "_full",
        "_loop",
        "_reader",
        "_transport",
        "_writer",
        "lane",
    )

    _transport: asyncio.Transport

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.lane: _Clocked | None = None
        self._loop = loop
        self._buffer = bytearray()
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None
        self._error: Exception | None = None
        self._full = self._ended = self._closed = False

    # ---- what the event loop says

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass

    def data_received(self, data: bytes) -> None:
        """Keep bytes for the next read."""
        self._buffer += data
        if len(self._buffer) > _HIGH:
            self._transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> None:
        """Note that the peer says no more; the socket is closed by the loop."""
        self._ended = True
        _wake(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note why nothing comes and goes any more."""
        self._ended, self._error = True, self._error or exc
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        """Note that the peer does not keep up."""
        self._full = True

    def resume_writing(self) -> None:
        """Note that the peer has caught up."""
        self._full = False
        _wake(self._writer)

    # ---- what httpcore asks

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's signature
        """Return the next bytes, nothing at the end; raise ReadTimeout, ReadError."""
        waits = self.lane.waits if self.lane is not None else None
        if not self._buffer and not self._ended:
            seconds = timeout if waits is None else waits.read()
            self._reader = waiter = self._loop.create_future()
            timer = self._alarm(seconds, waiter, httpcore.ReadTimeout("nothing came in time"))
            try:
                await waiter
            finally:
                self._reader = None
                if timer is not None:
                    timer.cancel()
        data = self._taken(max_bytes)
        if waits is not None:
            waits.eof = not data
        return data

    def _taken(self, most: int) -> bytes:
        if not self._buffer:
            if self._error is not None or self._closed:
                raise httpcore.ReadError(str(self._error or "the connection was closed")) from self._error
            return b""
        data = bytes(self._buffer[:most])
        paused = len(self._buffer) > _LOW
        del self._buffer[:most]
        if paused and len(self._buffer) <= _LOW and not (self._ended or self._closed):
            self._transport.resume_reading()
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's signature
        """Send bytes; raise WriteTimeout when the peer takes too few of them, WriteError when it has gone."""
        waits = self.lane.waits if self.lane is not None else None
        if waits is not None and waits.phase == "connect":
            waits.phase = "waiting"
        if self._ended or self._transport.is_closing():
            raise httpcore.WriteError(str(self._error or "the connection was closed")) from self._error
        whole = memoryview(
            buffer
        )  # in pieces: TLS takes any amount at once and says only then that it was too much
        for start in range(0, len(whole), _PIECE):
            self._transport.write(whole[start : start + _PIECE])
            if self._full:
                await self._caught_up(timeout if waits is None else waits.write())

    async def _caught_up(self, seconds: float | None) -> None:
        self._writer = waiter = self._loop.create_future()
        timer = self._alarm(seconds, waiter, httpcore.WriteTimeout("the peer takes no more"))
        try:
            await waiter
        finally:
            self._writer = None
            if timer is not None:
                timer.cancel()
        if self._ended:
            raise httpcore.WriteError(str(self._error or "the connection was closed")) from self._error

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
    ) -> SocketStream:
        """Encrypt from here on; raise ConnectTimeout, ConnectError, and close the connection then."""
        waits = self.lane.waits if self.lane is not None else None
        seconds = timeout if waits is None else waits.connect()
        try:
            async with asyncio.timeout(seconds):
                made = await self._loop.start_tls(
                    self._transport,
                    self,
                    ssl_context,
                    server_hostname=server_hostname,
                    ssl_handshake_timeout=None if seconds is None else seconds + 1,  # ours comes first
                )
        except BaseException as error:
            await self.aclose()
            if isinstance(error, OSError):
                raise _dial_error(error) from error
            raise
        if made is None:
            msg = "the connection was lost in the handshake"
            raise httpcore.ConnectError(msg)
        self._transport = made
        return self

    def get_extra_info(self, info: str) -> Any:
        """Return one of httpcore's facts about a connection; `is_readable` says that it cannot serve a request."""
        if info == "is_readable":
            return bool(self._ended or self._closed or self._buffer) or _is_readable(self._fileno())
        names = {"client_addr": "sockname", "server_addr": "peername"}
        return self._transport.get_extra_info(names.get(info, info))

    def _fileno(self) -> int:
        sock = self._transport.get_extra_info("socket")
        return -1 if sock is None else int(sock.fileno())

    async def aclose(self) -> None:
        """Close the connection; TLS says so to the peer, and does not wait for its answer."""
        self._closed = True
        self._transport.close()
        try:
            await asyncio.sleep(0)
        finally:
            self._transport.abort()

    def _alarm(
        self, seconds: float | None, waiter: asyncio.Future[None], error: Exception
    ) -> asyncio.TimerHandle | None:
        return None if seconds is None else self._loop.call_later(seconds, _fail, waiter, error)


class Dialler(httpcore.AsyncNetworkBackend):
    """Opens connections to addresses; names were resolved before."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> SocketStream:
        """Connect to an address; raise ConnectTimeout, ConnectError."""
        loop = asyncio.get_running_loop()
        local = None if local_address is None else (local_address, 0)
        try:
            async with asyncio.timeout(timeout):
                _, stream = await loop.create_connection(
                    lambda: SocketStream(loop), host, port, local_addr=local
                )
        except OSError as error:
            raise _dial_error(error) from error
        for option in socket_options or ():
            stream.get_extra_info("socket").setsockopt(*option)
        return stream


def _dial_error(error: OSError) -> httpcore.ConnectError | httpcore.ConnectTimeout:
    if isinstance(error, TimeoutError):
        return httpcore.ConnectTimeout(str(error) or "no connection in time")
    return httpcore.ConnectError(str(error))


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


def _fail(waiter: asyncio.Future[None], error: Exception) -> None:
    if not waiter.done():
        waiter.set_exception(error)


def _is_readable(number: int) -> bool:
    """Say whether a socket has bytes, or its end, that the event loop has not come to read yet."""
    if number < 0:
        return True
    if not hasattr(select, "poll"):  # Windows
        return bool(select.select([number], [], [], 0)[0])
    poll = select.poll()
    poll.register(number, select.POLLIN)
    return bool(poll.poll(0))
