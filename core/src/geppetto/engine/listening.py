"""A run's port that tells somebody of the events that pass: how a recording and a cache learn what an engine published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from geppetto.engine.context import RunPort
    from geppetto.events.model import Correlation, Event
    from geppetto.turns import Turn

__all__ = ["Listening"]


@dataclass(slots=True)
class Listening:
    """Pass everything on to the port `inner`; `take` gets each event, and what it belongs to, before."""

    inner: RunPort
    take: Callable[[Event, Correlation], object]

    def emit(self, events: Sequence[Event], correlation: Correlation) -> None:
        """Tell of the events and pass them on."""
        for event in events:
            self.take(event, event.correlation or correlation)
        self.inner.emit(events, correlation)

    async def drain(self) -> None:
        """Wait while a consumer is behind."""
        await self.inner.drain()

    def remaining(self) -> float | None:
        """Return the seconds that are left."""
        return self.inner.remaining()

    def snapshot(self, phase: str, turn: Turn) -> None:
        """Hand a copy to the snapshot hooks."""
        self.inner.snapshot(phase, turn)

    def leave(self, thread: Future[Any]) -> None:
        """Count a handler that did not stop."""
        self.inner.leave(thread)

    def fail(self, error: Exception) -> None:
        """End the run with an error."""
        self.inner.fail(error)

    def stop_clock(self) -> None:
        """Let the deadline wait."""
        self.inner.stop_clock()

    def start_clock(self) -> None:
        """Let the time go on."""
        self.inner.start_clock()
