"""How the JavaScript thread is woken: by a descriptor where the system has event descriptors, else by a queue."""

from __future__ import annotations

import os
import select
import sys
import threading
import weakref
from queue import Empty, SimpleQueue
from typing import Protocol

__all__ = ["Bell", "EventBell", "QueueBell", "open_bell"]


class Bell(Protocol):
    """Rung by any thread, also inside a finalizer; one thread waits."""

    def ring(self) -> None:
        """Wake who waits, or who waits next."""
        ...

    def wait(self, seconds: float | None) -> None:
        """Wait until it is rung, at most `seconds`; it may return early."""
        ...

    def close(self) -> None:
        """Give back what it holds; who rings later is not heard."""
        ...


class QueueBell:
    """A bell for every system."""

    def __init__(self) -> None:
        self._rings: SimpleQueue[None] = SimpleQueue()

    def ring(self) -> None:
        """Wake who waits, or who waits next."""
        self._rings.put(None)

    def wait(self, seconds: float | None) -> None:
        """Wait until it is rung, at most `seconds`."""
        try:
            self._rings.get(timeout=seconds)
        except Empty:
            pass

    def close(self) -> None:
        """Do nothing: it holds nothing."""


if sys.platform == "linux":

    class EventBell:
        """A bell that costs half as much: a write lets go of the GIL, so who wakes up does not first wait for that.

        The lock is for the end: a late ring must not hit another file that has the number now.
        """

        def __init__(self) -> None:
            self._rings = os.eventfd(0, os.EFD_CLOEXEC)
            self._poll = select.poll()
            self._poll.register(self._rings, select.POLLIN)
            self._lock = threading.RLock()  # a finalizer may ring while its own thread does
            self._close = weakref.finalize(self, os.close, self._rings)
            self._close.atexit = False
            self._process = os.getpid()

        def ring(self) -> None:
            """Wake who waits, or who waits next."""
            if (
                self._process != os.getpid()
            ):  # the thread stayed in the process that was forked, maybe with the lock
                return
            with self._lock:
                if self._close.alive:
                    os.eventfd_write(self._rings, 1)

        def wait(self, seconds: float | None) -> None:
            """Wait until it is rung, at most `seconds`."""
            if seconds is None or self._poll.poll(seconds * 1000):
                os.eventfd_read(self._rings)

        def close(self) -> None:
            """Close the descriptor."""
            with self._lock:
                self._close()


def open_bell() -> Bell:
    """Return the best bell there is; a process may have no descriptor left."""
    if sys.platform == "linux":
        try:
            return EventBell()
        except OSError:
            pass
    return QueueBell()
