"""Work that several tasks need once, on whichever event loops they run."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Future

__all__ = ["Shared"]

T = TypeVar("T")


class Shared(Generic[T]):
    """One result; who gives up takes it from nobody else, and the work is stopped when nobody waits for it.

    Work that failed or was stopped begins anew for who asks next.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._future: Future[T] | None = None
        self._waiting = 0

    async def result(self, work: Callable[[], Coroutine[Any, Any, T]], loop: asyncio.AbstractEventLoop) -> T:
        """Return what the work gives; `loop` is where it runs, if it does not yet."""
        future = self._join(work, loop)
        try:
            return await asyncio.shield(asyncio.wrap_future(future))
        finally:
            self._leave(future)

    def _join(self, work: Callable[[], Coroutine[Any, Any, T]], loop: asyncio.AbstractEventLoop) -> Future[T]:
        with self._lock:
            if self._future is None or _failed(self._future):
                self._future, self._waiting = asyncio.run_coroutine_threadsafe(work(), loop), 0
            self._waiting += 1
            return self._future

    def _leave(self, future: Future[T]) -> None:
        with self._lock:
            if future is not self._future:
                return
            self._waiting -= 1
            if not self._waiting:
                future.cancel()  # which does nothing to one that is done


def _failed(future: Future[Any]) -> bool:
    return future.done() and (future.cancelled() or future.exception() is not None)
