"""A context for work that belongs to no run: a tool called by hand, an embedding, a count of tokens."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from geppetto.engine.context import RunContext
from geppetto.events.model import Correlation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from geppetto.events.model import Event
    from geppetto.turns import Turn

__all__ = ["outside_context"]


class _NoRun:
    """A port that nobody listens to; `end` is the moment (monotonic) after which there is no time left."""

    def __init__(self, seconds: float | None) -> None:
        self._end = None if seconds is None else time.monotonic() + seconds

    def emit(self, events: Sequence[Event], correlation: Correlation) -> None:
        """Drop the events."""

    async def drain(self) -> None:
        """Wait for nobody."""

    def remaining(self) -> float | None:
        """Return the seconds that are left."""
        return None if self._end is None else max(0.0, self._end - time.monotonic())

    def snapshot(self, phase: str, turn: Turn) -> None:
        """Drop the snapshot."""

    def leave(self, thread: Future[Any]) -> None:
        """Count nothing."""

    def fail(self, error: Exception) -> None:
        """End nothing."""

    def stop_clock(self) -> None:
        """Have no clock."""

    def start_clock(self) -> None:
        """Have no clock."""


def outside_context(seconds: float | None = None, **fields: Any) -> RunContext:
    """Make a context whose events go nowhere; `fields` are RunContext's."""
    return RunContext(port=_NoRun(seconds), correlation=Correlation(), **fields)
