"""Ending: the turn or the error that a run ended with, set once, for whoever asks from whichever thread."""

from __future__ import annotations

import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geppetto.turns import Turn

__all__ = ["Ending"]


class Ending:
    """What a `Future` is, made only when a thread waits: most runs are awaited in their own loop, and it is a KiB."""

    __slots__ = ("_error", "_future", "_lock", "_turn", "done")

    def __init__(self) -> None:
        #: whether the run has ended
        self.done = False
        self._lock = threading.Lock()
        self._turn: Turn | None = None
        self._error: BaseException | None = None
        self._future: Future[None] | None = None

    def settle(self, turn: Turn, error: BaseException | None) -> None:
        """Say how the run ended; once."""
        with self._lock:
            self._turn, self._error, self.done = turn, error, True
            future = self._future
        if future is not None:
            future.set_result(None)

    def future(self) -> Future[None]:
        """Return what is done when the run has ended; nobody can cancel it."""
        with self._lock:
            if self._future is None:
                self._future = Future()
                self._future.set_running_or_notify_cancel()
                if self.done:
                    self._future.set_result(None)
            return self._future

    def wait(self, timeout: float | None) -> None:
        """Block until the run has ended; raise TimeoutError after `timeout` seconds."""
        if not self.done:
            self.future().result(timeout)

    def turn(self) -> Turn:
        """Return the turn that the run completed, or raise what ended it."""
        if self._error is not None:
            raise self._error
        assert self._turn is not None
        return self._turn
