"""Python functions called from scripts: at once, standing still for a coroutine, or as a promise."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from geppetto_js.errors import JsCancelled, JsUsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto_js.runtime.calls import Call
    from geppetto_js.runtime.core import Core
    from geppetto_js.values.handles import HostFunction

__all__ = ["HostCalls", "Inner"]


class Inner:
    """A coroutine that runs on an event loop for a script; `ended` is told there, when it is over."""

    def __init__(self, call: Call, make: Callable[[], Any], ended: Callable[[], None], name: str) -> None:
        self.done = False
        self.name = name
        self.value: Any = None
        self.error: BaseException | None = None
        self._call, self._make, self._ended = call, make, ended
        self._task: asyncio.Task[Any] | None = None
        self._cancelled = self._entered = False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Start it in the context of the call, so that calls it makes belong to the same root."""
        self._loop = loop
        try:
            loop.call_soon_threadsafe(self._start, context=self._call.context.copy())
        except RuntimeError:
            self.look()

    def look(self) -> None:
        """Notice that the loop was closed, which then tells nobody; on the JavaScript thread."""
        if self._loop.is_closed():
            self._finish(error=no_loop(self.name))

    def cancel(self) -> None:
        """Cancel it; from any thread."""
        try:
            self._loop.call_soon_threadsafe(self._cancel)
        except RuntimeError:  # the loop is closed: nothing runs there any more
            self._finish(error=asyncio.CancelledError())

    def result(self) -> Any:
        """Return what it returned, or raise what it raised."""
        if self.error is not None:
            raise self.error
        return self.value

    def _start(self) -> None:
        if self._cancelled:
            self._finish(error=asyncio.CancelledError())
            return
        self._task = self._loop.create_task(self._run())

    async def _run(self) -> None:
        """Run it and tell its end from inside the task: a done-callback would cost one more turn of the loop."""
        self._entered = True
        try:
            value = await self._make()
        except BaseException as error:  # it belongs to the script
            self._finish(error=error)
        else:
            self._finish(value=value)

    def _cancel(self) -> None:
        self._cancelled = True
        if self._task is not None:
            self._task.cancel()
            if not self._entered:
                self._finish(error=asyncio.CancelledError())

    def _finish(self, value: Any = None, error: BaseException | None = None) -> None:
        if not self.done:
            self.value, self.error, self.done = value, error, True
            self._ended()


class HostCalls:
    """Turn host functions into plain callables of the JavaScript thread."""

    def __init__(self, core: Core) -> None:
        self._core = core

    def runnable(self, function: HostFunction) -> Callable[..., Any]:
        """Return the callable; that of a plain function is the function itself."""
        if not function.is_async:
            return function.fn
        return self._blocking(function) if function.blocking else self._promise(function)

    def _blocking(self, function: HostFunction) -> Callable[..., Any]:
        core = self._core

        def blocking(*args: Any) -> Any:
            call, loop = self._where(function)
            inner = Inner(call, lambda: function.fn(*args), core.mailbox.wake, _named(function))
            inner.start(loop)
            core.inners.add(inner)
            try:
                core.wait(lambda: inner.done, inner.cancel)
            finally:
                core.inners.discard(inner)
            return inner.result()

        return blocking

    def _promise(self, function: HostFunction) -> Callable[..., Any]:
        def promise(*args: Any) -> Any:
            call, loop = self._where(function)
            return self._core.promises.of(call, lambda: function.fn(*args), loop, _named(function))

        return promise

    def _where(self, function: HostFunction) -> tuple[Call, asyncio.AbstractEventLoop]:
        call = self._core.current
        assert call is not None
        reason = self._core.stopped()
        if reason is not None:
            raise reason
        if call.remains_of is not None:
            raise JsCancelled("the script was stopped: it can begin nothing more") from call.remains_of.reason
        loop = call.loop or self._core.loop
        if loop is None or loop.is_closed():
            raise no_loop(_named(function))
        return call, loop


def _named(function: HostFunction) -> str:
    return function.name or repr(function.fn)


def no_loop(name: str) -> JsUsageError:
    """Return the error for an async function that nobody runs."""
    return JsUsageError(
        f"the async function {name} has no event loop to run on: there is none, or it was closed",
        code="JS_NO_LOOP",
        next_step="call JavaScript with `await runtime.call_async(...)`, or give Runtime(loop=...)",
    )
