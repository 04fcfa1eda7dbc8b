"""A run's context without a run: what engines, middlewares and tools are tested with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geppetto.engine.context import RunContext
from geppetto.events.model import Correlation

if TYPE_CHECKING:
    from collections.abc import Sequence
    from concurrent.futures import Future

    from geppetto.events.model import Event
    from geppetto.turns import Turn

__all__ = ["RecordingPort", "run_context"]


@dataclass
class RecordingPort:
    """Keeps what a run's parts publish; `left` are the seconds until the deadline, None for none."""

    left: float | None = None
    events: list[Event] = field(default_factory=list)
    snapshots: list[tuple[str, Turn]] = field(default_factory=list)
    abandoned: list[Future[Any]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)

    def emit(self, events: Sequence[Event], correlation: Correlation) -> None:
        """Keep the events, with the correlation where they have none."""
        for event in events:
            event.correlation = event.correlation or correlation
            self.events.append(event)

    def types(self) -> list[str]:
        """Return the types of the events, in order."""
        return [str(event.type) for event in self.events]

    async def drain(self) -> None:
        """Wait for nobody."""

    def remaining(self) -> float | None:
        """Return `left`."""
        return self.left

    def snapshot(self, phase: str, turn: Turn) -> None:
        """Keep a copy."""
        self.snapshots.append((phase, turn.clone()))

    def leave(self, thread: Future[Any]) -> None:
        """Keep the thread that did not stop."""
        self.abandoned.append(thread)

    def fail(self, error: Exception) -> None:
        """Keep the error."""
        self.failures.append(error)

    def stop_clock(self) -> None:
        """Have a clock that stands anyway."""

    def start_clock(self) -> None:
        """Have a clock that stands anyway."""


def run_context(port: RecordingPort | None = None, **fields: Any) -> RunContext:
    """Make a context on a recording port; `fields` are RunContext's."""
    fields.setdefault("correlation", Correlation("session", "run", "turn"))
    return RunContext(port=port or RecordingPort(), **fields)
