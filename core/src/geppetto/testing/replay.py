"""A real HTTP server on the loopback that answers from a script: tests need no network and patch nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from typing import TYPE_CHECKING, Self

from geppetto.testing.replay_exchange import Exchange, ReceivedRequest
from geppetto.testing.replay_http import read_request, reset, write_answer

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

__all__ = ["Exchange", "ReceivedRequest", "ReplayServer"]

_UNEXPECTED = 599
_LOOK = 0.005


class ReplayServer:
    """Serve exchanges in order, each once, from a thread of its own; use it with `with` or `async with`.

    The first unused exchange that takes a request answers it; a request that none takes gets status 599 and a
    JSON error. Connections are kept alive.
    """

    def __init__(self, exchanges: Iterable[Exchange] = ()) -> None:
        self._unused = list(exchanges)
        self._refused: list[str] = []
        self._requests: list[ReceivedRequest] = []
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None
        self._port = 0

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The requests so far, in order."""
        return list(self._requests)

    @property
    def connections_open(self) -> int:
        """How many client sockets are open now, idle ones included."""
        return len(self._open)

    def add(self, *exchanges: Exchange) -> None:
        """Add exchanges at the end of the script."""
        self._unused.extend(exchanges)

    def wait_closed(self, timeout: float = 2.0) -> bool:
        """Wait, blocking the thread, until no client socket is open; say whether that came true."""
        end = time.monotonic() + timeout
        while self._open and time.monotonic() < end:
            time.sleep(_LOOK)
        return not self._open

    async def closed(self, timeout: float = 2.0) -> bool:  # noqa: ASYNC109  # it answers False, it never raises
        """Wait, leaving the event loop free, until no client socket is open; say whether that came true."""
        end = time.monotonic() + timeout
        while self._open and time.monotonic() < end:  # noqa: ASYNC110  # an asyncio.Event belongs to one loop
            await asyncio.sleep(_LOOK)
        return not self._open

    def assert_all_used(self) -> None:
        """Raise AssertionError when an exchange was not used, or a request found none."""
        if self._unused or self._refused:
            msg = f"{len(self._unused)} unused exchanges; unexpected requests: {self._refused or 'none'}"
            raise AssertionError(msg)

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, name="replay-server", daemon=True)
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._loop is not None
        assert self._stop is not None
        assert self._thread is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in self._tasks:
            task.cancel()
        # not `Server.wait_closed`: it waits for clients that keep idle connections
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._open.add(writer)
        self._tasks.add(task)
        try:
            while await self._answer(reader, writer):
                pass
        except (ConnectionError, asyncio.CancelledError):
            reset(writer)
        finally:
            writer.close()
            self._tasks.discard(task)
            self._open.discard(writer)

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        request = await read_request(reader)
        if request is None:
            return False
        self._requests.append(request)
        return await write_answer(reader, writer, self._exchange_for(request))

    def _exchange_for(self, request: ReceivedRequest) -> Exchange:
        for exchange in self._unused:
            if exchange.takes(request):
                self._unused.remove(exchange)
                return exchange
        line = f"{request.method} {request.path}"
        self._refused.append(line)
        message = f"the replay server has no exchange for {line}"
        return Exchange(_UNEXPECTED, body={"error": {"message": message, "type": "replay_server"}})
