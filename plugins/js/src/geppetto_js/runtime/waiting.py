"""How Python code waits for a call: a thread blocks, a task awaits, and either may give up."""

from __future__ import annotations

import asyncio
import math
import threading
from typing import TYPE_CHECKING, Any

from geppetto.notes import with_notes

from geppetto_js.errors import JsCancelled, JsDeadlineExceeded, JsUsageError
from geppetto_js.runtime.arrival import Arrival
from geppetto_js.runtime.circles import standing_still
from geppetto_js.runtime.thread import ScriptThread

if TYPE_CHECKING:
    from geppetto_js.runtime.calls import Call
    from geppetto_js.runtime.core import Core

__all__ = ["LoopWaiter", "ScriptWaiter", "ThreadWaiter", "refuse_on_loop", "waiter_for"]

#: how long a waiter that gave up waits for the script to notice
_GRACE = 2.0


def refuse_on_loop(what: str) -> None:
    """Raise on the thread of a running event loop, which a blocking call would hold up, perhaps for ever."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise JsUsageError(
        f"runtime.{what}() blocks; inside async code it would wait for itself",
        code="JS_BLOCKS_LOOP",
        next_step=f"await runtime.{what}_async(...)",
    )


def _expired() -> JsDeadlineExceeded:
    return JsDeadlineExceeded()


class ThreadWaiter:
    """A thread that waits."""

    root = loop = None

    def __init__(self) -> None:
        self._told = threading.Event()
        self._end: tuple[Any, BaseException | None] = None, None

    def deliver(self, value: Any, error: BaseException | None) -> None:
        """End the wait."""
        self._end = value, error
        self._told.set()

    def wait(self, call: Call) -> Any:
        """Return or raise what the call ended with; stop it at its deadline, and when the thread is interrupted."""
        try:
            self._told.wait(None if math.isinf(call.deadline) else call.remaining())
        except BaseException as error:  # Ctrl-C ends the wait, and so the script
            call.stop(error)
            raise
        if not self._told.is_set():
            call.stop(_expired())
            if not self._told.wait(_GRACE):
                self._end = None, call.reason
        (value, raised), self._end = self._end, (None, None)  # no traceback leads to itself
        try:
            if raised is not None:
                raise raised
            return value
        finally:
            del raised


class ScriptWaiter:
    """The thread of another runtime that waits; it serves what belongs to the same root, which may call back."""

    def __init__(self, core: Core, around: Call, asked: Core) -> None:
        self.root, self.loop = around.root, around.loop
        self._core, self._asked = core, asked
        self._ends: list[tuple[Any, BaseException | None]] = []

    def deliver(self, value: Any, error: BaseException | None) -> None:
        """End the wait."""
        self._ends.append((value, error))
        self._core.mailbox.wake()

    def wait(self, call: Call) -> Any:
        """Return or raise what the call ended with; stop it with the script that waits, and at its own deadline.

        Raises JsUsageError where the other runtime would wait for this thread.
        """
        core, ends = self._core, self._ends

        def serve() -> None:
            core.wait(lambda: bool(ends), lambda: call.stop(core.stopped() or _expired()))

        try:
            with standing_still(core, self.root, self._asked, call):
                core.nested(serve, None if math.isinf(call.deadline) else call.remaining(), settle=False)
        except JsDeadlineExceeded:
            if not ends or ends[0][1] is None:
                raise
        value, error = ends[0]
        if error is not None:
            raise error
        return value


def waiter_for(thread: threading.Thread, asked: Core) -> ThreadWaiter | ScriptWaiter:
    """Return how a thread that runs no event loop waits for what it asks of a runtime."""
    if isinstance(thread, ScriptThread) and thread.core.current is not None:
        return ScriptWaiter(thread.core, thread.core.current, asked)
    return ThreadWaiter()


class LoopWaiter:
    """A task that waits on its event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._arrival = Arrival(self.loop)
        self.deliver = self._arrival.tell
        self._timer: asyncio.TimerHandle | None = None

    async def wait(self, call: Call) -> Any:
        """Return or raise what the call ended with; stop it at its deadline, and when the task is cancelled."""
        if not math.isinf(call.deadline):
            self._timer = self.loop.call_later(call.remaining(), self._expire, call)
        try:
            await self._arrival
        except asyncio.CancelledError as stop:
            call.stop(JsCancelled("the call was cancelled"))
            await self._let_end()
            with_notes(stop, call.reason)  # where the script stood
            raise
        finally:
            if self._timer is not None:
                self._timer.cancel()
        return self._arrival.end()

    def _expire(self, call: Call) -> None:
        """Stop the script; when it does not notice, since a host function of it does not end, wait no longer for it."""
        call.stop(_expired())
        self._timer = self.loop.call_later(_GRACE, self._arrival.take, None, call.reason)

    async def _let_end(self) -> None:
        """Let the script and the coroutines it waits for clean up before the task that was cancelled goes on."""
        try:
            async with asyncio.timeout(_GRACE):
                await self._arrival
        except TimeoutError:
            pass
