"""The beginning and end of a runtime: its thread, its context managers, what becomes of one that is forgotten."""

from __future__ import annotations

import asyncio
import logging
import threading
import weakref
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Self

from geppetto_js.runtime.asking import Asking
from geppetto_js.runtime.core import Core
from geppetto_js.runtime.thread import ScriptThread
from geppetto_js.runtime.unhandled import Unhandled

if TYPE_CHECKING:
    from types import TracebackType

    from geppetto_js.engine import EngineReport
    from geppetto_js.runtime.setup import Setup

__all__ = ["Lifecycle"]

_JOIN_SECONDS = 5.0
_log = logging.getLogger("geppetto_js.runtime")


class Lifecycle:
    """What `Runtime` is without its calls."""

    def __init__(self, setup: Setup) -> None:
        self._unhandled = unhandled = Unhandled()
        owner: Any = weakref.ref(self)
        self._core = core = Core(owner, setup, unhandled.keep)
        ready: Future[None] = Future()
        self._thread = ScriptThread(core, lambda: core.main(ready))
        self._thread.start()
        ready.result()
        self._asking = Asking(core, self._thread)
        self._finalizer = weakref.finalize(self, _forgotten, core, unhandled)

    @property
    def engine(self) -> EngineReport:
        """The engine under it."""
        return self._core.report

    @property
    def closed(self) -> bool:
        """Say whether it was closed."""
        return self._core.closing

    def unhandled_rejections(self) -> list[BaseException]:
        """Return and forget what promises were rejected with that nobody handled, and what timers threw.

        A promise counts when no frame of a script is left to handle it; `wait_idle` first, to hear of all. What nobody
        asks for goes to the logger `geppetto_js.unhandled` at the end.
        """
        return self._unhandled.take()

    def log_rejections(self) -> None:
        """Forget them by telling the log."""
        self._unhandled.log()

    def close(self) -> None:
        """Stop what runs, fail what waits with JS_RUNTIME_CLOSED, end the thread; a second time does nothing.

        On the thread of an event loop it does not wait for coroutines that scripts stand still for; they are cancelled.
        """
        self._core.shut()
        if threading.current_thread() is not self._thread:
            self._thread.join(_JOIN_SECONDS)
        self._close_logs()

    async def aclose(self) -> None:
        """Close without blocking the event loop."""
        self._core.shut()
        pause = 0.0005
        while self._thread.is_alive() and pause < 1.0:
            await asyncio.sleep(pause)
            pause *= 1.5
        self._close_logs()

    def _close_logs(self) -> None:
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            _log.warning("a runtime is closed, but its thread is left in a host function that does not end")
        self.log_rejections()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    def let_go(self, number: int, /) -> None:
        """Forget a handle (for handles themselves); the JavaScript thread does it after its next job."""
        self._core.dropped.append(number)


def _forgotten(core: Core, unhandled: Unhandled) -> None:
    core.shut()
    unhandled.log()
