"""How the JavaScript thread is woken: by a descriptor where the system has event descriptors, else by a queue."""

from __future__ import annotations

import os
import select
import sys
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


if sys.platform == "linux":

    class EventBell:
        """A bell that costs half as much: a write lets go of the GIL, so who wakes up does not first wait for that.

        The descriptor is closed when nobody has the bell any more, so that no late ring can hit another file.
        """

        def __init__(self) -> None:
            self._rings = os.eventfd(0, os.EFD_CLOEXEC)
            self._poll = select.poll()
            self._poll.register(self._rings, select.POLLIN)
            weakref.finalize(self, os.close, self._rings).atexit = False

        def ring(self) -> None:
            """Wake who waits, or who waits next."""
            os.eventfd_write(self._rings, 1)

        def wait(self, seconds: float | None) -> None:
            """Wait until it is rung, at most `seconds`."""
            if seconds is None or self._poll.poll(seconds * 1000):
                os.eventfd_read(self._rings)


def open_bell() -> Bell:
    """Return the best bell there is; a process may have no descriptor left."""
    if sys.platform == "linux":
        try:
            return EventBell()
        except OSError:
            pass
    return QueueBell()
