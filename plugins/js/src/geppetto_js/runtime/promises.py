"""Promises on the JavaScript thread: those that a coroutine settles, and those that Python waits for."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from geppetto_js.errors import JsCancelled
from geppetto_js.runtime.host import Inner
from geppetto_js.runtime.mailbox import Job
from geppetto_js.values.handles import HostFunction, JsPromise

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from geppetto_js.engine.rejections import Rejections
    from geppetto_js.runtime.calls import Call
    from geppetto_js.runtime.core import Core

__all__ = ["Promises"]


class Promises:
    """Count what is under way, so that a runtime knows when it is idle."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._js = core.border.load(
            "geppetto_js.runtime", "promises.js", HostFunction(self._settled), HostFunction(self._rejected)
        )
        #: whether there are rejections to ask the script's half for
        self.told = False
        self._rejections: Rejections | None = None
        if core.engine.report.capabilities.rejections:
            core.border.call(self._js["startTracking"], ())
            from geppetto_js.engine.rejections import Rejections  # ctypes is loaded for those who have it

            track = core.border.packing("get")(self._js["track"])
            self._rejections = Rejections(core.engine.report, core.engine.holder, track, self._tell)
        self._tokens = itertools.count(1)
        self._waiting: dict[int, Callable[[Any, BaseException | None], None]] = {}

    @property
    def pending(self) -> int:
        """How many coroutines scripts have begun that have not ended yet."""
        return len(self._core.inners)

    def close(self) -> None:
        """Cancel the coroutines of all promises, and have the engine tell nobody of rejections; before it is closed."""
        if self._rejections is not None:
            self._rejections.close()
            self._rejections = None
        for inner in tuple(self._core.inners):
            inner.cancel()

    def of(
        self, call: Call, make: Callable[[], Any], loop: asyncio.AbstractEventLoop, name: str
    ) -> JsPromise:
        """Start a coroutine and return the promise of its end."""
        core = self._core
        # `settle` keeps the number alone: a promise in a traceback would keep itself alive
        number, held = core.border.call(self._js["defer"], ())
        inner = Inner(call, make, lambda: core.mailbox.post(Job(core.fresh(call), settle, urgent=True)), name)

        def settle() -> None:
            core.inners.discard(inner)
            call.off_stop(inner.cancel)
            if call.reason is None:
                self._settle(number, inner)
            elif not core.closing:  # others may wait for the same promise
                self._reject(number, _given_up(call.reason))

        inner.start(loop)
        core.inners.add(inner)
        call.on_stop(inner.cancel)
        return JsPromise(core.owner(), held)

    def _settle(self, number: int, inner: Inner) -> None:
        try:
            value = inner.result()
            self._core.border.call(self._js["resolve"], (number, value))
        except BaseException as error:  # the script's promise takes it, whatever it is
            self._reject(number, error)

    def _reject(self, number: int, error: BaseException) -> None:
        def fail() -> None:
            raise error

        self._core.border.call(self._js["reject"], (number, fail))

    def watch(
        self, promise: JsPromise, settled: Callable[[Any, BaseException | None], None]
    ) -> Callable[[], None]:
        """Have `settled` called on this thread with the value or error of a promise; return what forgets that."""
        token = next(self._tokens)
        self._waiting[token] = settled
        self._core.border.call(self._js["watch"], (promise, token))
        return lambda: self._forget(token)

    def _forget(self, token: int) -> None:
        self._waiting.pop(token, None)

    def _settled(self, token: int, failure: str | None, value: Any) -> None:
        settled = self._waiting.pop(token, None)
        if settled is not None:
            settled(value, None if failure is None else self._core.border.failures.error(failure))

    def _tell(self) -> None:
        self.told = True

    def take_unhandled(self) -> None:
        """Report the rejections that nobody has handled; between jobs, when no frame of a script is left to do it."""
        self.told = False
        try:
            for failure in self._core.border.call(self._js["takeUnhandled"], ()):
                self._rejected(failure)
        except BaseException as error:  # the thread must live: memory may be out even for our own scripts
            self._core.unhandled(error)

    def _rejected(self, failure: str) -> None:
        error = self._core.border.failures.error(failure)
        if not isinstance(error, JsCancelled):  # whoever cancelled knows
            self._core.unhandled(error)


def _given_up(reason: BaseException) -> JsCancelled:
    """Return the error for those who wait for what a stopped call has begun."""
    error = JsCancelled("the call that had begun this was stopped")
    error.__cause__ = reason
    return error
