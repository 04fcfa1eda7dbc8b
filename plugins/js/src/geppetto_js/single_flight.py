"""Single flight: work that several tasks need is done once for all of them, on whichever event loops they run."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from geppetto_js.errors import JsRuntimeClosed

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

__all__ = ["SingleFlight"]

T = TypeVar("T")
_LOOK_SECONDS = 1.0


class SingleFlight(Generic[T]):
    """One result; who gives up takes it from nobody else, and the work is stopped when nobody waits for it.

    Work that failed or was stopped begins anew for who asks next.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._future: Future[T] | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting = 0

    async def result(self, work: Callable[[], Coroutine[Any, Any, T]], loop: asyncio.AbstractEventLoop) -> T:
        """Return what the work gives; `loop` is where it runs, if it does not yet."""
        future = self._join(work, loop)
        try:
            return await _end(future, self._loop)
        finally:
            self._leave(future)

    def _join(self, work: Callable[[], Coroutine[Any, Any, T]], loop: asyncio.AbstractEventLoop) -> Future[T]:
        with self._lock:
            if self._future is None or _failed(self._future):
                self._loop, self._waiting = loop, 0
                self._future = asyncio.run_coroutine_threadsafe(work(), loop)
            self._waiting += 1
            return self._future

    def _leave(self, future: Future[T]) -> None:
        with self._lock:
            if future is not self._future:
                return
            self._waiting -= 1
            if not self._waiting:
                future.cancel()  # which does nothing to one that is done


async def _end(future: Future[T], loop: asyncio.AbstractEventLoop | None) -> T:
    """Wait for work, and notice that its loop was closed, which then tells nobody."""
    own = asyncio.wrap_future(future)
    while not own.done():
        await asyncio.wait([own], timeout=_LOOK_SECONDS)  # which leaves the work alone when it is cancelled
        if not own.done() and loop is not None and loop.is_closed():
            future.cancel()
            raise JsRuntimeClosed("the host was closed while a script of it was loaded")
    return await own


def _failed(future: Future[Any]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)
