"""RunClock: one deadline per run, on a clock that pauses can stop."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

__all__ = ["RunClock"]


class RunClock:
    """Call `expired` once, when `seconds` of running time have passed; None never does."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float | None, expired: Callable[[], object]
    ) -> None:
        self._loop = loop
        self._left = seconds
        self._expired = expired
        self._since: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Let time run; again after `stop`."""
        if self._left is not None and self._since is None:
            self._since = self._loop.time()
            if self._left <= 0:
                self._expired()
            else:
                self._timer = self._loop.call_later(self._left, self._expired)

    def stop(self) -> None:
        """Hold the time: what is left stays left."""
        self._left = self.remaining()
        self._since = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def remaining(self) -> float | None:
        """Return the seconds left, never below 0, or None without a deadline."""
        if self._left is None or self._since is None:
            return self._left
        return max(0.0, self._left - (self._loop.time() - self._since))
