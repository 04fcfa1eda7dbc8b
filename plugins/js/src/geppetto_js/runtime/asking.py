"""How a call gets from the caller's thread to the JavaScript thread, and its end back."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from geppetto_js.engine.bounds import seconds
from geppetto_js.errors import JsRuntimeClosed, JsUsageError
from geppetto_js.runtime.calls import Call
from geppetto_js.runtime.waiting import LoopWaiter, ThreadWaiter, refuse_on_loop, waiter_for

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from geppetto_js.runtime.core import Core

__all__ = ["Asking"]


class Asking:
    """The caller's side of a runtime; `compute` runs on the JavaScript thread."""

    def __init__(self, core: Core, thread: threading.Thread) -> None:
        self._core, self._thread = core, thread
        self._process = os.getpid()

    def ask(
        self,
        what: str,
        compute: Callable[[], Any],
        *,
        timeout: float | None = None,
        root: object | None = None,
        settle: bool = False,
    ) -> Any:
        """Block until it is computed; on the JavaScript thread itself compute at once."""
        here = threading.current_thread()
        if here is self._thread:
            return self._core.nested(compute, seconds(timeout), settle=settle)
        refuse_on_loop(what)
        self._check_open()
        waiter = waiter_for(here, self._core)
        call = Call(
            root=root or waiter.root,
            timeout=self._patience(timeout),
            loop=waiter.loop,
            deliver=waiter.deliver,
        )
        self._core.submit(call, compute, settle=settle)
        return waiter.wait(call)

    def ask_async(
        self,
        compute: Callable[[], Any],
        *,
        timeout: float | None = None,
        root: object | None = None,
        settle: bool = False,
    ) -> Coroutine[Any, Any, Any]:
        """Submit it and return what awaits its end."""
        self._refuse_here()
        self._check_open()
        waiter = LoopWaiter()
        call = Call(root=root, timeout=self._patience(timeout), loop=waiter.loop, deliver=waiter.deliver)
        self._core.submit(call, compute, settle=settle)
        return waiter.wait(call)

    def idle(self, timeout: float | None) -> None:
        """Block until nothing is left to do."""
        refuse_on_loop("wait_idle")
        self._refuse_here()
        self._check_open()
        waiter = ThreadWaiter()
        call = Call(timeout=seconds(timeout), deliver=waiter.deliver)
        self._core.tell_when_idle(call)
        waiter.wait(call)

    def idle_async(self, timeout: float | None) -> Coroutine[Any, Any, None]:
        """Return what awaits that nothing is left to do."""
        self._refuse_here()
        self._check_open()
        waiter = LoopWaiter()
        call = Call(timeout=seconds(timeout), deliver=waiter.deliver)
        self._core.tell_when_idle(call)
        return waiter.wait(call)

    def _patience(self, timeout: float | None) -> float | None:
        return self._core.limits.timeout if timeout is None else seconds(timeout)

    def _refuse_here(self) -> None:
        """Raise on the JavaScript thread, which would wait for itself."""
        if threading.current_thread() is self._thread:
            raise JsUsageError(
                "a host function on the JavaScript thread would wait for itself",
                code="JS_BLOCKS_ITSELF",
                next_step="call the blocking method (runtime.call, function.call), or make the host function async",
            )

    def _check_open(self) -> None:
        if self._core.closing:
            raise JsRuntimeClosed
        if self._process != os.getpid():
            raise JsRuntimeClosed("the JavaScript runtime stayed in the process that was forked")
