"""What scripts failed with and nobody handled: kept for who asks, else told to the log."""

from __future__ import annotations

import logging
import threading

__all__ = ["Unhandled"]

#: how many wait for who asks; an older one goes to the log
_MOST = 100
_log = logging.getLogger("geppetto_js.unhandled")


class Unhandled:
    """A short list that knows nothing of its runtime, so that a forgotten runtime can end; for any thread."""

    def __init__(self) -> None:
        self._kept: list[BaseException] = []
        self._told = ""
        self._lock = threading.RLock()  # the finalizer of a forgotten runtime may come in between

    def keep(self, error: BaseException) -> None:
        """Add one; the oldest makes room."""
        with self._lock:
            self._kept.append(error)
            oldest = self._kept.pop(0) if len(self._kept) > _MOST else None
        if oldest is not None:
            self._tell(oldest)

    def take(self) -> list[BaseException]:
        """Return and forget them."""
        with self._lock:
            taken, self._kept = self._kept, []
        return taken

    def log(self) -> None:
        """Forget them by telling the log."""
        for error in self.take():
            self._tell(error)

    def _tell(self, error: BaseException) -> None:
        """Tell the log; an interval that fails the same way each time is told once."""
        text = str(error)
        _log.log(
            logging.DEBUG if text == self._told else logging.WARNING,
            "unhandled rejection in a script: %s",
            text,
        )
        self._told = text
