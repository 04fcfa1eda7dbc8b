"""What lives on the JavaScript thread: the engine, its border, the running call, and the loop that serves jobs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from geppetto_js.engine import open_engine
from geppetto_js.errors import JsRuntimeClosed
from geppetto_js.globals.install import Globals
from geppetto_js.modules.install import Modules
from geppetto_js.runtime.calls import Call
from geppetto_js.runtime.host import HostCalls
from geppetto_js.runtime.mailbox import Job
from geppetto_js.runtime.promises import Promises
from geppetto_js.runtime.service import LOOK_SECONDS, Service
from geppetto_js.values.border import open_border
from geppetto_js.values.handles import JsPromise

if TYPE_CHECKING:
    from collections.abc import Callable
    from concurrent.futures import Future

    from geppetto_js.engine import EngineReport
    from geppetto_js.runtime.circles import Wait
    from geppetto_js.runtime.setup import Setup
    from geppetto_js.values.handles import HandleOwner, HostFunction

__all__ = ["Core"]


class Core(Service):
    """The state of a runtime; it knows the runtime only weakly, so that a forgotten runtime can end."""

    promises: Promises
    report: EngineReport
    globals: Globals
    modules: Modules

    def __init__(
        self,
        owner: Callable[[], HandleOwner | None],
        setup: Setup,
        unhandled: Callable[[BaseException], None],
    ) -> None:
        super().__init__(unhandled)
        self.setup = setup
        self.limits, self.loop = setup.limits, setup.loop
        self.open_calls: set[Call] = set()
        #: what its thread stands still for, if that is a call of another runtime
        self.waits: Wait | None = None
        self.idle_calls: list[Call] = []
        self._owner = owner
        self._host_calls = HostCalls(self)

    # ---- the thread

    def main(self, ready: Future[None]) -> None:
        """Serve jobs until the runtime is closed."""
        try:
            self._open()
        except BaseException as error:  # the constructor that waits raises it
            ready.set_exception(error)
            return
        ready.set_result(None)
        del ready
        while not self.closing:
            job = self.mailbox.take(None, LOOK_SECONDS if self.inners else math.inf)
            if job is not None:
                self.run(job)
                self._take_unhandled()
            else:
                self.look()
            del job  # an idle thread keeps nothing alive
            self._tell_idle()
        self._end()

    def _open(self) -> None:
        self.engine = open_engine(self.limits)
        self.engine.set_interrupt(self.interrupt)
        self.border = open_border(self.engine, self)
        self.promises = Promises(self)
        self.report = self.engine.report
        self.globals = Globals(self, self.setup.console, self.setup.env)
        self.modules = Modules(self, self.setup.read, self.setup.modules)

    def _end(self) -> None:
        """Fail what waits and free the engine here, where it was made."""
        for job in self.mailbox.empty():
            job.call.finish(error=JsRuntimeClosed())
        for call in tuple(self.open_calls):
            call.stop(JsRuntimeClosed())
            call.finish(error=JsRuntimeClosed())
        self.idle_calls.clear()
        self.promises.close()
        self.border.close()
        self.engine.close()
        self.mailbox.close()
        del self.border, self.engine, self.promises, self.globals, self.modules

    def shut(self) -> None:
        """Ask the thread to end: what runs is interrupted, what waits fails. May come from any thread, twice."""
        self.closing = True
        for call in tuple(self.open_calls):
            call.stop(JsRuntimeClosed("the JavaScript runtime was closed during the call"))
        self.mailbox.wake()

    # ---- jobs

    def submit(self, call: Call, compute: Callable[[], Any], *, settle: bool) -> None:
        """Queue a call; from any thread. With `settle`, a promise is waited for."""
        call.after = self.open_calls.discard
        self.open_calls.add(call)
        call.on_stop(self.mailbox.wake)
        call.on_stop(call.finish_stopped)
        self.mailbox.post(Job(call, lambda: self._answer(call, compute, settle=settle)))
        if self.closing:
            call.finish(error=JsRuntimeClosed())

    def _answer(self, call: Call, compute: Callable[[], Any], *, settle: bool) -> None:
        """Compute and tell the waiter; while the script runs only its own end is the call's end."""
        if call.done:
            return
        if self.engine.report.capabilities.interrupt_with_callbacks:
            call.off_stop(call.finish_stopped)
        try:
            self._conclude(call, compute(), settle=settle)
        except BaseException as error:  # whatever it is belongs to the waiter
            if self.carry_on():
                self._take_unhandled()
            call.finish(error=self.stopped() or error)

    def _conclude(self, call: Call, value: Any, *, settle: bool) -> None:
        """Tell the waiter the value; a frame below keeps none: it may stay alive in a traceback, and a handle with it.

        Such a handle would hold the promise, that the Error, and that the exception with the traceback.
        """
        if not self.carry_on():
            call.finish(error=self.stopped())
        elif settle and isinstance(value, JsPromise):
            call.on_stop(call.finish_stopped)
            call.on_stop(self.promises.watch(value, call.finish))
        else:
            self._take_unhandled()
            call.finish(value)

    def _take_unhandled(self) -> None:
        """Report rejections before the waiter goes on and asks for them; a frame that stands still may handle its own."""
        if (
            self.promises.told
            and self.stopped() is None
            and (self.current is None or self.current.below is None)
        ):
            self.promises.take_unhandled()

    def nested(self, compute: Callable[[], Any], timeout: float | None, *, settle: bool) -> Any:
        """Compute for code on this thread: a host function that calls back into its script."""
        if self.closing:
            raise JsRuntimeClosed
        outer = self.current
        assert outer is not None
        self.current = call = (
            outer
            if timeout is None
            else Call(root=outer.root, timeout=timeout, loop=outer.loop, context=outer.context)
        )
        if call is not outer:
            call.entered, call.parent, call.remains_of = True, outer, outer.remains_of
            call.running = True
        try:
            result = self.settled(compute()) if settle else compute()
            if call is not outer and (reason := call.stopped()) is not None:
                raise reason
            return result
        finally:
            self.current = outer
            call.running = call is outer

    def heap_bytes(self) -> int:
        """Return what the engine has taken after a collection; on this thread."""
        self.engine.collect()
        self.drain()
        return self.engine.heap_bytes()

    def tell_when_idle(self, call: Call) -> None:
        """End a call when nothing is left to do; from any thread."""
        call.on_stop(call.finish_stopped)
        call.after = self.open_calls.discard
        self.open_calls.add(call)
        self.mailbox.post(Job(call, lambda: self.idle_calls.append(call)))
        if self.closing:
            call.finish(error=JsRuntimeClosed())

    def settled(self, value: Any) -> Any:
        """Serve jobs until a promise is settled; any other value is its own end. For code on this thread."""
        if not isinstance(value, JsPromise):
            return value
        ends: list[tuple[Any, BaseException | None]] = []
        self.promises.watch(value, lambda result, error: ends.append((result, error)))
        del value  # as in `_conclude`
        self.drain()
        self.wait(lambda: bool(ends), lambda: None, grace=0.0)
        result, error = ends.pop()
        if error is not None:
            raise error
        return result

    def fresh(self, call: Call) -> Call:
        """Return the call itself, or, once its waiter knows its end, one that goes on in its name."""
        if not call.done and call.reason is None:
            return call
        made = Call(root=call.root, timeout=self.limits.timeout, loop=call.loop, context=call.context)
        if call.reason is not None:
            self.shorten(made, call)
        return made

    def _tell_idle(self) -> None:
        if self.idle_calls and self.mailbox.idle() and not self.promises.pending:
            calls, self.idle_calls = self.idle_calls, []
            for call in calls:
                call.finish()

    # ---- what the engine and the border ask

    def runnable(self, function: HostFunction) -> Callable[..., Any]:
        """Return the plain callable behind a host function."""
        return self._host_calls.runnable(function)

    def owner(self) -> HandleOwner:
        """Return the runtime."""
        owner = self._owner()
        if owner is None:
            raise JsRuntimeClosed("the JavaScript runtime was dropped without being closed")
        return owner
