"""The host's own event loop, on a thread of its own: where runs of plain, blocking code live."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
import weakref
from typing import TYPE_CHECKING, Any, TypeVar

from geppetto.errors import BlockingCallError

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
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None
        self._process = 0

    def get(self) -> asyncio.AbstractEventLoop:
        """Return the running loop."""
        with self._lock:
            if self._loop is None or self._process != os.getpid():
                self._loop, self._process = self._factory(), os.getpid()
                self._thread = threading.Thread(
                    target=_serve, args=(self._loop,), name="geppetto-loop", daemon=True
                )
                self._thread.start()
            return self._loop

    def call(self, work: Coroutine[Any, Any, T], seconds: float | None = None) -> T:
        """Run a coroutine on the loop and wait for it, in plain code; who stops waiting (Ctrl-C) cancels it.

        Raises BlockingCallError on the loop's own thread, which would wait for itself, and TimeoutError after `seconds`.
        """
        try:
            self.refuse_inside("this call")
            future = asyncio.run_coroutine_threadsafe(work, self.get())
        except BaseException:
            work.close()
            raise
        try:
            return future.result(seconds)
        except BaseException:
            future.cancel()
            raise

    def refuse_inside(self, call: str) -> None:
        """Raise BlockingCallError on the loop's own thread, which cannot wait for itself."""
        if threading.current_thread() is self._thread:
            raise BlockingCallError(
                f"{call} blocks, and this is the host's own event loop",
                next_step="await the async twin of the call",
            )

    def close(self, seconds: float = 5.0) -> bool:
        """Stop the loop and wait for its thread; False when code on it blocks for longer than `seconds`."""
        with self._lock:
            loop, thread = self._loop, self._thread
            self._loop = self._thread = None
        if loop is None or thread is None or self._process != os.getpid():
            return True
        loop.call_soon_threadsafe(loop.stop)
        thread.join(seconds)
        return not thread.is_alive()

    @property
    def started(self) -> bool:
        """Say whether there is a loop to close."""
        return self._loop is not None and self._process == os.getpid()


def _serve(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    try:
        _run_until_stopped(loop)
        tasks = asyncio.all_tasks(loop)
        for task in tasks:
            task.cancel()
        if tasks:
            # a deaf task must not hold up the host: what does not end now is left behind
            loop.run_until_complete(asyncio.wait(tasks, timeout=1.0))
        loop.run_until_complete(loop.shutdown_asyncgens())
    finally:
        loop.close()


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
