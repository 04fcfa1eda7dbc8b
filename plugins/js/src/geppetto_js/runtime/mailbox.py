"""The queue into the JavaScript thread, with the gate that keeps other roots out while a frame stands still."""

from __future__ import annotations

import heapq
import itertools
import math
import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from geppetto_js.runtime.bell import QueueBell, open_bell

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto_js.runtime.bell import Bell
    from geppetto_js.runtime.calls import Call

__all__ = ["Job", "Mailbox"]

_FOREVER = 3600.0


@dataclass(slots=True)
class Job:
    """Work for the JavaScript thread on behalf of a call; `urgent` work passes the gate, since others wait for it.

    `when` is the time of its arrival, or, for a timer, when it is due; one that was dropped is forgotten in passing.
    """

    call: Call
    work: Callable[[], None]
    urgent: bool = False
    when: float = 0.0
    dropped: bool = False


class Mailbox:
    """Jobs in the order they came, timers when they are due; only the JavaScript thread takes.

    QuickJS frames leave in the order opposite to their entry: a call of another root that was let in on top of a frame
    that waits would have to end before that frame can go on.
    """

    def __init__(self) -> None:
        self._posted: deque[Job | None] = deque()
        self._bell: Bell = open_bell()
        #: whether the thread sleeps or is about to: set before it looks at the queue for the last time
        self._asleep = False
        self._held: deque[Job] = deque()
        self._timers: list[tuple[float, int, Job]] = []
        self._dropped = 0
        self._order = itertools.count()

    def post(self, job: Job) -> None:
        """Add a job; from any thread."""
        job.when = time.monotonic()
        self._posted.append(job)
        if self._asleep:
            self._bell.ring()

    def wake(self) -> None:
        """Have `take` return, so that its caller looks around; from any thread, also inside a finalizer."""
        self._posted.append(None)
        if self._asleep:
            self._bell.ring()

    def at(self, when: float, job: Job) -> None:
        """Add a job for later; only on the JavaScript thread."""
        job.when = when
        heapq.heappush(self._timers, (when, next(self._order), job))

    def drop(self, job: Job) -> None:
        """Forget a job for later; only on the JavaScript thread."""
        job.dropped = True
        self._dropped += 1
        if self._dropped > len(self._timers) // 2:
            self._timers = [timer for timer in self._timers if not timer[2].dropped]
            heapq.heapify(self._timers)
            self._dropped = 0

    def take(self, root: object | None, patience: float = math.inf) -> Job | None:
        """Return the next job that may run, waiting for one up to `patience` seconds; None after that or a `wake`.

        `root` is the root of the frame that stands still, or None when none does.
        """
        if self._held and (job := self._admitted(root)) is not None:
            return job
        end = time.monotonic() + patience
        while True:
            if self._posted and self._posted[0] is None:  # a wake
                return self._posted.popleft()
            if self._timers and (job := self._due(root, self._first_post())) is not None:
                return job
            if not self._posted and not self._sleep(min(end, self._next_timer(root))):
                if time.monotonic() >= end:
                    return None
                continue
            posted = self._posted.popleft()
            if posted is None or _fits(posted, root):
                return posted
            self._held.append(posted)

    def _sleep(self, until: float) -> bool:
        """Wait for a post until then; say whether there is one."""
        self._asleep = True
        if not self._posted:
            self._bell.wait(None if until == math.inf else min(max(until - time.monotonic(), 0.0), _FOREVER))
        self._asleep = False
        return bool(self._posted)

    def idle(self) -> bool:
        """Say whether nothing waits, timers included."""
        return not self._held and not self._posted and not any(_lives(job) for _, _, job in self._timers)

    def empty(self) -> list[Job]:
        """Take out everything, in order."""
        jobs = [*self._held, *(job for _, _, job in sorted(self._timers, key=lambda timer: timer[:2]))]
        self._held.clear()
        self._timers.clear()
        while self._posted:
            job = self._posted.popleft()
            if job is not None:
                jobs.append(job)
        return jobs

    def close(self) -> None:
        """Give back what wakes the thread; who waits was told."""
        self._bell = QueueBell()

    def _admitted(self, root: object | None) -> Job | None:
        for index, job in enumerate(self._held):
            if _fits(job, root):
                del self._held[index]
                return job
        return None

    def _first_post(self) -> float:
        """Return since when somebody waits in the queue: timers that were due later let him pass."""
        # None is a wake that came just now, which is taken in the next turn
        first = self._posted[0] if self._posted else None
        return math.inf if first is None else first.when

    def _due(self, root: object | None, before: float) -> Job | None:
        """Take out the first timer that is due, and was due `before`."""
        limit = min(time.monotonic(), before)
        if root is None:
            return self._first(limit)
        ready = [timer for timer in self._timers if timer[0] <= limit and _waits(timer[2], root)]
        if not ready:
            return None
        first = min(ready)
        self._timers.remove(first)
        heapq.heapify(self._timers)
        return first[2]

    def _first(self, limit: float) -> Job | None:
        while self._timers and self._timers[0][0] <= limit:
            job = heapq.heappop(self._timers)[2]
            if not job.dropped:
                return job
            self._dropped -= 1
        return None

    def _next_timer(self, root: object | None) -> float:
        if root is None:
            return self._timers[0][0] if self._timers else math.inf
        return min((when for when, _, job in self._timers if _waits(job, root)), default=math.inf)


def _waits(job: Job, root: object) -> bool:
    return not job.dropped and _fits(job, root)


def _lives(job: Job) -> bool:
    """Say whether somebody wants a timer; not when the call was stopped that set it."""
    return not job.dropped and (job.call.origin is None or job.call.origin.reason is None)


def _fits(job: Job, root: object | None) -> bool:
    return root is None or job.urgent or job.call.root is root or job.call.root == root
