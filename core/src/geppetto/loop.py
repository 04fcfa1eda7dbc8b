"""The host's own event loop, on a thread of its own: where runs of plain, blocking code live."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import weakref
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from geppetto.errors import BlockingCallError, SessionError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["LoopThread", "per_loop"]

T = TypeVar("T")

_log = logging.getLogger("geppetto.loop")


class LoopThread:
    """Start an event loop on a daemon thread when it is first asked for; after a fork, start another one."""

    def __init__(self, factory: Callable[[], asyncio.AbstractEventLoop] | None = None) -> None:
        self._factory = factory or asyncio.new_event_loop
        self._lock = threading.Lock()
        self._served: _Served | None = None
        self._process = 0

    def get(self) -> asyncio.AbstractEventLoop:
        """Return the running loop."""
        return self._get().loop

    def _get(self) -> _Served:
        with self._lock:
            if self._served is None or self._process != os.getpid():
                self._served, self._process = _Served(self._factory()), os.getpid()
            return self._served

    def call(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Run a coroutine on the loop and wait for it, in plain code; who stops waiting (Ctrl-C) cancels it.

        Raises BlockingCallError on the loop's own thread, which would wait for itself, TimeoutError after `seconds`, and
        SessionError when the loop is closed in the meantime.
        """
        return self.begin(work)(seconds)

    def begin(self, work: Coroutine[Any, Any, T]) -> Callable[..., T]:
        """Have the loop run a coroutine, and return the function that waits for it; raises BlockingCallError."""
        try:
            self.refuse_inside("this call")
            served = self._get()
            future = asyncio.run_coroutine_threadsafe(work, served.loop)
        except BaseException:
            work.close()
            raise
        return partial(served.wait, future)

    def refuse_inside(self, call: str) -> None:
        """Raise BlockingCallError on the loop's own thread, which cannot wait for itself."""
        served = self._served
        if served is not None and threading.current_thread() is served.thread:
            raise BlockingCallError(
                f"{call} blocks, and this is the host's own event loop",
                next_step="await the async twin of the call",
            )

    def close(self, seconds: float = 5.0) -> bool:
        """Stop the loop and wait for its thread; False when code on it blocks for longer than `seconds`."""
        with self._lock:
            served, self._served = self._served, None
        if served is None or self._process != os.getpid():
            return True
        return served.close(seconds)

    @property
    def started(self) -> bool:
        """Say whether there is a loop to close."""
        return self._served is not None and self._process == os.getpid()


class _Served:
    """A loop, the thread that serves it, and who waits there for what."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self._over = False
        self._waiting: set[Future[Any]] = set()
        self.thread = threading.Thread(target=self._serve, name="geppetto-loop", daemon=True)
        self.thread.start()

    def wait(self, future: Future[T], seconds: float | None = None) -> T:
        """Wait for work on the loop, as long as there is one."""
        self._waiting.add(future)
        if self._over:  # asked when the future is known, so that either side sees the other
            future.cancel()
        try:
            return future.result(seconds)
        except BaseException as error:
            future.cancel()
            if self._over and isinstance(error, CancelledError):
                raise SessionError(
                    "the host is closed", code="HOST_CLOSED", next_step="make another Host"
                ) from None
            raise
        finally:
            self._waiting.discard(future)

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            _run_until_stopped(self.loop)
            self._over = True
            _end_tasks(self.loop)
        finally:
            self._let_go()
            self.loop.close()

    def _let_go(self) -> None:
        """Tell all who wait for what will not end any more."""
        self._over = True
        for future in list(self._waiting):
            future.cancel()

    def close(self, seconds: float) -> bool:
        """Stop the loop; False when it is blocked, and who waits for it waits no longer then."""
        with suppress(RuntimeError):  # code on it stopped it before
            self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(seconds)
        if self.thread.is_alive():
            self._let_go()
        return not self.thread.is_alive()


def _end_tasks(loop: asyncio.AbstractEventLoop) -> None:
    tasks = asyncio.all_tasks(loop)
    for task in tasks:
        task.cancel()
    if tasks:
        # a deaf task must not hold up the host: what does not end now is left behind
        loop.run_until_complete(asyncio.wait(tasks, timeout=1.0))
    loop.run_until_complete(loop.shutdown_asyncgens())


def _run_until_stopped(loop: asyncio.AbstractEventLoop) -> None:
    """Run the loop; a stranger's `exit()`, which asyncio lets through, ends its own task and not all the others."""
    while True:
        try:
            loop.run_forever()
        except (SystemExit, KeyboardInterrupt) as error:
            _log.warning("code on the host's event loop raised %s; the loop goes on", type(error).__name__)
        else:
            return


def per_loop(factory: Callable[[], Any]) -> Callable[[], Any]:
    """Return a function that makes one value per event loop and forgets it with the loop."""
    values: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Any] = weakref.WeakKeyDictionary()

    def value() -> Any:
        loop = asyncio.get_running_loop()
        if loop not in values:
            values[loop] = factory()
        return values[loop]

    return value
