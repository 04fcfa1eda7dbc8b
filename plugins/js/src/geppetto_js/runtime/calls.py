"""One call into JavaScript: whose it is, until when it may run, why it must stop, who waits for its end."""

from __future__ import annotations

import contextvars
import math
import time
from typing import TYPE_CHECKING, Any

from geppetto_js.errors import JsDeadlineExceeded

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

__all__ = ["ROOT", "Call"]

#: which chain of calls the running code belongs to: JavaScript calls Python, which calls JavaScript, and so on
ROOT: contextvars.ContextVar[object | None] = contextvars.ContextVar("geppetto_js_root", default=None)


class Call:
    """A call with its root, deadline and waiter; `parent` is the call whose frame stands below on the thread."""

    deadline: float
    __slots__ = (
        "_hooks",
        "_waiters",
        "after",
        "context",
        "deadline",
        "entered",
        "loop",
        "origin",
        "parent",
        "reason",
        "remains_of",
        "root",
        "running",
    )

    def __init__(
        self,
        *,
        root: object | None = None,
        timeout: float | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        deliver: Callable[[Any, BaseException | None], None] | None = None,
        context: contextvars.Context | None = None,
    ) -> None:
        """Make a call of whoever makes it now, or, with `context`, of whoever has that."""
        known = root if root is not None else ROOT.get()
        self.root: object = known if known is not None else object()
        self.start_clock(timeout)
        self.loop = loop
        self.parent: Call | None = None
        #: for a timer, the call that set it, or the first of a chain of timers: when that is stopped, they are gone
        self.origin: Call | None = None
        #: whether it has ever been the running one; `parent` stays as it was then
        self.entered = self.running = False
        #: for one in which a stopped call's remains come to their end, that call
        self.remains_of: Call | None = None
        self.context = contextvars.copy_context() if context is None else context.copy()
        self.context.run(ROOT.set, self.root)
        self.reason: BaseException | None = None
        self._waiters = [deliver]  # one entry while nobody has been told: `pop` decides between threads
        self._hooks: dict[Callable[[], None], None] = {}
        #: called once, when its end is told
        self.after: Callable[[Call], None] | None = None

    def start_clock(self, timeout: float | None) -> None:
        """Count its time from now; for work that waited on purpose."""
        self.deadline = math.inf if timeout is None else time.monotonic() + timeout

    @property
    def below(self) -> Call | None:
        """The call whose frame this one was entered on, as long as that stands."""
        return self.parent if self.parent is not None and self.parent.running else None

    @property
    def done(self) -> bool:
        """Say whether its end was told."""
        return not self._waiters

    def stop(self, reason: BaseException) -> None:
        """Let it run no further, whatever a script catches; the first reason stays. May come from any thread."""
        if self.reason is None and not self.done:
            self.reason = reason
            for hook in tuple(self._hooks):
                hook()

    def on_stop(self, hook: Callable[[], None]) -> None:
        """Have `hook` called when the call is stopped; at once if it was."""
        self._hooks[hook] = None
        if self.reason is not None:
            hook()

    def off_stop(self, hook: Callable[[], None]) -> None:
        """Forget a hook."""
        self._hooks.pop(hook, None)

    def stopped(self) -> BaseException | None:
        """Return why it must stop: its own reason or deadline, one of a call below, or of one that set it as a timer."""
        call: Call | None = self
        now = time.monotonic()
        while call is not None:
            if now > call.deadline:
                call.stop(JsDeadlineExceeded())
            reason = call.reason
            if reason is None and call.origin is not None:
                reason = call.origin.reason
            if reason is not None:
                return reason
            call = call.below
        return None

    def remaining(self) -> float:
        """Return the seconds until the nearest deadline of it and the calls below; infinity without one."""
        nearest = math.inf
        call: Call | None = self
        while call is not None:
            nearest, call = min(nearest, call.deadline), call.below
        return nearest - time.monotonic()

    def finish(self, value: Any = None, error: BaseException | None = None) -> None:
        """Tell the waiter how it ended; the first word counts, and a stop before any."""
        try:
            deliver = self._waiters.pop()
        except IndexError:
            return
        self._hooks.clear()
        if self.after is not None:
            self.after(self)
        if deliver is not None and self.reason is not None:
            deliver(None, self.reason)
        elif deliver is not None:
            deliver(value, error)

    def finish_stopped(self) -> None:
        """Tell the waiter that it was stopped; a hook for the times when no script runs that would notice."""
        self.finish(error=self.reason)
