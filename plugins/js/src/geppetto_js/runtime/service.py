"""What runs on the JavaScript thread right now, what may run next, and when it must stop."""

from __future__ import annotations

import math
import time
from collections import deque
from typing import TYPE_CHECKING

from geppetto_js.errors import JsRuntimeClosed, out_of_memory
from geppetto_js.runtime.calls import Call
from geppetto_js.runtime.mailbox import Job, Mailbox

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto_js.engine import Engine
    from geppetto_js.runtime.host import Inner
    from geppetto_js.values.border import Border

__all__ = ["LOOK_SECONDS", "Service"]

#: how long a script runs before other threads get a turn: the engine's package never releases the GIL itself
_FAIR_SECONDS = 0.005
#: long enough for a thread that waits to wake up and take the GIL; `sleep(0)` would take it back at once
_PAUSE_SECONDS = 0.00002
#: how many promise jobs run between two looks at the clock
_JOBS_PER_LOOK = 64
#: how many jobs of a stopped call are ended at most
_ABANDONED = 100_000
#: how long a stopped call's remains may go on: others may wait for what is among them
_REMAINS_SECONDS = 0.1
#: how often event loops are looked at that coroutines run on
LOOK_SECONDS = 1.0


class Service:
    """Serve jobs one inside the other: a frame that stands still lets jobs of its root in."""

    engine: Engine
    border: Border

    def __init__(self, unhandled: Callable[[BaseException], None]) -> None:
        self.unhandled = unhandled
        self.mailbox = Mailbox()
        self.current: Call | None = None
        self.closing = False
        #: the coroutines that scripts have begun and that have not ended
        self.inners: set[Inner] = set()
        #: numbers of handles that Python dropped, on whichever thread
        self.dropped: deque[int] = deque()
        self._yielded = 0.0
        self._stopping = self._locating = False

    def run(self, job: Job) -> None:
        """Do a job as the running call, then what the promise queue holds."""
        outer, call = self.current, job.call
        if not call.entered:
            call.entered = True
            call.parent = outer if outer is not None and outer.root == call.root else None
        self.current = call
        if self._stopping:  # that was another one
            self._stopping = False
            self.engine.ask_again(soon=False)
        # a call whose frame stands below has entered its context already
        context = call.context.copy() if call.running else call.context
        inside, call.running = call.running, True
        try:
            context.run(self._work, job)
        except BaseException as error:  # the thread must live: memory may be out even for our own scripts
            self.unhandled(error)
        finally:
            self.current, call.running = outer, inside

    def _work(self, job: Job) -> None:
        job.work()
        if not self.carry_on() and job.call.below is None:
            self._end_remains(job.call)
        self._release_dropped()

    def _release_dropped(self) -> None:
        """Let go of what Python dropped; a script of ours does it, which is not to be stopped."""
        if not self.dropped:
            return
        stopping = self._stopping
        if stopping:
            self.engine.ask_again(soon=False)
        while self.dropped:
            self.border.release(self.dropped.popleft())
        if stopping:
            self._stop_soon()

    def carry_on(self) -> bool:
        """Run promise jobs unless the running call is stopped; say whether it may go on."""
        return self.stopped() is None and (not self.drain() or self.stopped() is None)

    def drain(self) -> bool:
        """Run promise jobs until none is left or the running call is stopped; say whether there was one."""
        looks, found = 0, False
        while True:
            try:
                if not self.engine.run_job():
                    return found
            except self.engine.error:
                looks = 0  # a job throws only when it was interrupted, or memory is out
            found = True
            if looks % _JOBS_PER_LOOK == 0 and self.poll():
                return True
            looks += 1

    def _end_remains(self, call: Call) -> None:
        """Let what a stopped call left in the promise queue go on a moment, then end it.

        Nobody can tell whose it is: the reactions of others to what the call did are among it.
        """
        self.current = Call(root=call.root, context=call.context)
        self.shorten(self.current, call)
        self.current.running = True
        self._stopping = False
        self.engine.ask_again(soon=False)
        self.drain()
        if self.stopped() is not None:
            self._abandon()
        self.current = call

    @staticmethod
    def shorten(made: Call, stopped: Call) -> None:
        """Make a call one of the remains of another: it has a moment only, and may begin nothing."""
        made.remains_of = stopped
        made.start_clock(_REMAINS_SECONDS)

    def _abandon(self) -> None:
        """End what is in the promise queue: each job is interrupted at its first jump or call."""
        for _ in range(_ABANDONED):
            self._stop_soon()
            try:
                if not self.engine.run_job():
                    return
            except self.engine.error:
                pass  # interrupted

    def wait(self, done: Callable[[], bool], cancel: Callable[[], None], grace: float = 2.0) -> None:
        """Serve jobs of the same root until `done`; a stop cancels, and `grace` seconds later it gives up.

        Raises the reason of the stop.
        """
        call = self.current
        assert call is not None
        give_up = math.inf
        while not done():
            reason = self.stopped()
            if reason is not None:
                if give_up == math.inf:
                    give_up = time.monotonic() + (0.0 if self.closing else grace)
                    cancel()
                if time.monotonic() >= give_up:
                    raise reason
            patience = call.remaining() if reason is None else give_up - time.monotonic()
            job = self.mailbox.take(call.root, min(patience, LOOK_SECONDS))
            if job is not None:
                self.run(job)
            else:
                self.look()
        reason = self.stopped()
        if reason is not None:
            raise reason

    def look(self) -> None:
        """Notice event loops that were closed with coroutines on them."""
        for inner in tuple(self.inners):
            inner.look()

    def interrupt(self) -> bool:
        """Say whether the script must stop, also for the memory it holds.

        Only the engine asks this: jobs that wait hold memory too, and must be let go on to free it.
        """
        if self._locating:  # what a script makes of its stacks
            return True
        if self.current is not None and self.engine.memory_spent():
            self.current.stop(out_of_memory())
        if not self.poll():
            return False
        if not self._stopping:
            self._locate()
        self._stop_soon()  # promises take the stop for a rejection, and what is around them goes on
        return True

    def _locate(self) -> None:
        reason = self.stopped()
        if reason is not None:
            self._locating = True
            try:
                self.border.locate(reason)
            finally:
                self._locating = False

    def _stop_soon(self) -> None:
        self._stopping = True
        self.engine.ask_again(soon=True)

    def poll(self) -> bool:
        """Say whether the script must stop; now and then let other threads run."""
        if self.stopped() is not None:
            return True
        now = time.monotonic()
        if now - self._yielded > _FAIR_SECONDS:
            time.sleep(_PAUSE_SECONDS)
            self._yielded = time.monotonic()
        return False

    def stopped(self) -> BaseException | None:
        """Return why the running script must stop, if it must."""
        reason = self.current.stopped() if self.current is not None else None
        if reason is None and self.closing:
            return JsRuntimeClosed("the JavaScript runtime was closed during the call")
        return reason

    def raised(self, error: BaseException) -> None:
        """Stop the script for what no `catch` may swallow: a cancel, an exit."""
        if not isinstance(error, Exception) and self.current is not None:
            self.current.stop(error)
