"""What runs on behalf of a host: its own event loop, its threads, its runs; and how all of that ends in bounded time."""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from geppetto.errors import SessionError
from geppetto.loop import LoopThread
from geppetto.threads import Threads
from geppetto.turns import StopReason

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from geppetto.engine.deps import Transport
    from geppetto.inference.handle import RunHandle

__all__ = ["CloseReport", "Running"]

T = TypeVar("T")


@dataclass(slots=True, frozen=True)
class CloseReport:
    """What was left when a host was closed: threads of handlers that do not return."""

    abandoned_threads: int = 0


class Running:
    """Start runs, and end them all; `grace` is how many seconds code that was told to stop may take."""

    def __init__(
        self,
        transport: Transport,
        grace: float,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
    ) -> None:
        self.threads = Threads()
        self._transport, self._grace = transport, grace
        self._loop_thread = LoopThread(loop_factory)
        self._runs: weakref.WeakSet[RunHandle] = weakref.WeakSet()
        self._closed: CloseReport | None = None
        self._starting = threading.RLock()  # a run starts before the host begins to close, or not at all

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the host's own loop and wait for it, in plain code; Ctrl-C cancels it."""
        with self._starting:
            if self._closed is not None:
                work.close()
            self._check_open()
            wait = self._loop_thread.begin(work)
        return wait()

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the host's own event loop, for plain code; raise SessionError after `close`."""
        with self._starting:
            self._check_open()
            return self._loop_thread.get()

    def begin(self, handle: RunHandle, loop: asyncio.AbstractEventLoop | None) -> None:
        """Start a run: at once when `loop` is the running one, else on the host's own loop."""
        with self._starting:
            self._check_open()
            self._runs.add(handle)
            if loop is not None:
                handle.begin()
            else:
                handle.begin_soon()

    def _check_open(self) -> None:
        if self._closed is not None:
            raise SessionError("the host is closed", code="HOST_CLOSED", next_step="make another Host")

    def close(self, then: Callable[[], None]) -> CloseReport:
        """Cancel active runs, close connections, end threads, do `then`; in plain code. Closing again does nothing."""
        self._loop_thread.refuse_inside("host.close()")
        with self._starting:
            first, self._closed = self._closed is None, self._closed or CloseReport()
        if first:
            for handle in self._end_runs():
                _wait(handle, self._grace * 2)
            if self._loop_thread.started:
                self._close_connections()
            blocked = not self._loop_thread.close(self._grace * 2 + 1)
            self._closed = CloseReport(self.threads.close(self._grace) + blocked)
            then()
        return self._closed

    async def aclose(self, then: Callable[[], None]) -> CloseReport:
        """Do the same from async code, with the connections that belong to the running loop."""
        ending = [asyncio.ensure_future(handle.ended()) for handle in self._end_runs()]
        if ending:
            _, late = await asyncio.wait(ending, timeout=self._grace * 2)
            for waiter in late:
                waiter.cancel()
        await _close_transport(self._transport)
        if self._closed is not None:
            return self._closed
        report: CloseReport = await asyncio.wrap_future(self.threads.submit(lambda: self.close(then)))
        return report

    def _end_runs(self) -> list[RunHandle]:
        """Tell the active runs to stop and return all that are still to end, whoever told them."""
        running = [handle for handle in self._runs if handle.is_running]
        for handle in running:
            handle.cancel(StopReason.HOST_CLOSED)
        return running

    def _close_connections(self) -> None:
        try:
            self._loop_thread.call(_close_transport(self._transport), self._grace * 2)
        except TimeoutError:
            log = logging.getLogger("geppetto")
            log.warning("connections could not be closed: the host's event loop is blocked")


async def _close_transport(transport: Any) -> None:
    close = getattr(transport, "aclose", None)
    if close is not None:
        await close()


def _wait(handle: RunHandle, seconds: float) -> None:
    try:
        handle.result(seconds)
    except Exception:  # noqa: S110  # how the run ended is its caller's business
        pass
