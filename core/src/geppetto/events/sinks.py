"""Sinks: where events go besides a run's own stream. A sink is any callable that takes an event.

A sink is called in the run's event loop, in order, and must return at once; what it raises is logged and does not
touch the run.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol, TextIO

from geppetto.events.model import (
    Event,
    RunFailed,
    RunStopped,
    TextDelta,
    ToolExecutionStarted,
    ToolResultReady,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Collector", "Printer", "Sink", "function_sink", "null_sink"]


class Sink(Protocol):
    """Anything that can be called with an event."""

    def __call__(self, event: Event, /) -> object:
        """Take one event."""


def null_sink(event: Event, /) -> None:
    """Take an event and do nothing."""


def function_sink(fn: Callable[[Event], object], *types: str) -> Sink:
    """Make a sink that calls `fn` for the named event types, or for all of them."""
    wanted = frozenset(types)

    def sink(event: Event, /) -> None:
        if not wanted or event.type in wanted:
            fn(event)

    return sink


class Collector:
    """Keep every event in `events`, for tests and for looking at a run afterwards."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __call__(self, event: Event, /) -> None:
        """Keep one event."""
        self.events.append(event)

    def types(self) -> list[str]:
        """Return the types in order."""
        return [str(event.type) for event in self.events]

    def of_type(self, type: str) -> list[Event]:
        """Return the events of one type in order."""
        return [event for event in self.events if event.type == type]


class Printer:
    """Write a run as a person would read it: the text as it comes, tools and failures on lines of their own."""

    def __init__(self, out: TextIO | None = None) -> None:
        self._out = out or sys.stdout

    def __call__(self, event: Event, /) -> None:
        """Write one event, or nothing."""
        text = _readable(event)
        if text:
            self._out.write(text)
            self._out.flush()


def _readable(event: Event) -> str:
    if isinstance(event, TextDelta):
        return event.delta
    if isinstance(event, ToolExecutionStarted):
        return f"\n[{event.name} {event.arguments}]\n"
    if isinstance(event, ToolResultReady):
        return f"[{event.name} -> {event.error or event.result}]\n"
    if isinstance(event, RunStopped):
        return f"\n[stopped: {event.reason}]\n"
    if isinstance(event, RunFailed):
        return f"\n[failed: {event.error.get('message', '')}]\n"
    return ""
