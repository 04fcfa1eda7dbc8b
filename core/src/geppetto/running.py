"""What runs on behalf of a host: its own event loop, its threads, its runs; and how all of that ends in bounded time."""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from dataclasses import dataclass
from functools import partial
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
        self._open = True
        self._report: CloseReport | None = None
        self._starting = threading.RLock()  # a run starts before the host begins to close, or not at all
        self._closing = threading.RLock()  # who closes while another thread does waits for that one

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the host's own loop and wait for it, in plain code; Ctrl-C cancels it."""
        with self._starting:
            if not self._open:
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
        if not self._open:
            raise SessionError("the host is closed", code="HOST_CLOSED", next_step="make another Host")

    def close(self, then: Callable[[], None]) -> CloseReport:
        """Cancel active runs, close connections, end threads, do `then`; in plain code.

        Every step is taken, whatever the others raise; then that is raised, several errors as a group. Closing again gives
        the same report: at once, or when another thread that closes has done it.
        """
        self._loop_thread.refuse_inside("host.close()")
        with self._starting:
            self._open = False
        with self._closing:
            if self._report is None:
                self._report = CloseReport()  # for a step that closes the host itself
                self._end(then)
            return self._report

    def _end(self, then: Callable[[], None]) -> None:
        left: list[int] = []
        failures = _failures(
            self._wait_for_runs,
            self._close_connections,
            lambda: left.append(not self._loop_thread.close(self._grace * 2 + 1)),
            lambda: left.append(self.threads.close(self._grace)),
            then,
        )
        self._report = CloseReport(sum(left))
        _raise(failures)

    async def aclose(self, then: Callable[[], None]) -> CloseReport:
        """Do the same from async code, with the connections that belong to the running loop."""
        failures: list[BaseException] = []
        for step in (
            self._await_runs,
            partial(_close_transport, self._transport),
            partial(self._close_aside, then),
        ):
            try:
                await step()
            except Exception as error:
                failures.append(error)
        _raise(failures)
        return self._report or CloseReport()

    async def _close_aside(self, then: Callable[[], None]) -> None:
        """Close in a thread that is none of those that are to end."""
        aside = Threads()
        try:
            await asyncio.wrap_future(aside.submit(self.close, then))
        finally:
            aside.close(0)

    def _end_runs(self) -> list[RunHandle]:
        """Tell the active runs to stop and return all that are still to end, whoever told them."""
        running = [handle for handle in self._runs if handle.is_running]
        for handle in running:
            handle.cancel(StopReason.HOST_CLOSED)
        return running

    def _wait_for_runs(self) -> None:
        for handle in self._end_runs():
            _wait(handle, self._grace * 2)

    async def _await_runs(self) -> None:
        ending = [asyncio.ensure_future(handle.ended()) for handle in self._end_runs()]
        if ending:
            _, late = await asyncio.wait(ending, timeout=self._grace * 2)
            for waiter in late:
                waiter.cancel()

    def _close_connections(self) -> None:
        if not self._loop_thread.started:
            return
        try:
            self._loop_thread.call(_close_transport(self._transport), self._grace * 2)
        except TimeoutError:
            log = logging.getLogger("geppetto")
            log.warning("connections could not be closed in time: is the host's event loop blocked?")


def _failures(*steps: Callable[[], object]) -> list[BaseException]:
    """Take every step, and return what they raised."""
    found: list[BaseException] = []
    for step in steps:
        try:
            step()
        except BaseException as error:  # Ctrl-C too: what comes after it is bounded in time
            found.append(error)
    return found


def _raise(failures: list[BaseException]) -> None:
    if len(failures) > 1:
        raise BaseExceptionGroup("several steps of closing the host failed", failures)
    for failure in failures:
        raise failure


async def _close_transport(transport: Any) -> None:
    close = getattr(transport, "aclose", None)
    if close is not None:
        await close()


def _wait(handle: RunHandle, seconds: float) -> None:
    try:
        handle.result(seconds)
    except Exception:  # noqa: S110  # how the run ended is its caller's business
        pass
