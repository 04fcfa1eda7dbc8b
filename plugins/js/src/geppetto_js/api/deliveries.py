"""Events on their way to a script: gathered in the run's loop, handed over in batches, never waited for by the run."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Any

from geppetto_js.api.calling import told
from geppetto_js.api.words import camel_keys, own_names

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto import RunHandle
    from geppetto.events import Event

    from geppetto_js.api.state import ApiState

__all__ = ["Delivery", "Reading", "event_to_js"]

_MOST = 4096
#: parts of events whose names are ours, not those of somebody's values, and how each is renamed
_OURS: dict[str, dict[str, Callable[[Any], Any]]] = {
    "run-finished": {"result": own_names},
    "run-stopped": {"result": own_names},
    "run-failed": {"result": own_names, "error": own_names},
    "error": {"error": own_names},
    "attempt-discarded": {"error": own_names},
    "provider-call-finished": {"usage": own_names},
    "provider-call-metadata": {"metadata": camel_keys},
}
_ENVELOPE = ("type", "seq", "time", "correlation")


def event_to_js(event: Event) -> dict[str, Any]:
    """Return an event as listeners get it: lowerCamel fields, ids on top and in `correlation`, Unix milliseconds."""
    found = event.to_json()
    correlation = {"toolCallId": "", "providerCallId": "", **camel_keys(found["correlation"])}
    payload = {name: value for name, value in found.items() if name not in _ENVELOPE}
    for name, renamed in _OURS.get(found["type"], {}).items():
        if isinstance(payload.get(name), dict):
            payload[name] = renamed(payload[name])
    return {
        **camel_keys(payload),
        "type": found["type"],
        "seq": found["seq"],
        "timestampMs": int(found["time"] * 1000),
        "sessionId": correlation.get("sessionId", ""),
        "inferenceId": correlation.get("runId", ""),
        "turnId": correlation.get("turnId", ""),
        "correlation": correlation,
    }


async def _hand_over(function: Any, batch: list[Event]) -> None:
    await told(f"a batch of {len(batch)} events", function, [event_to_js(event) for event in batch])


class Reading:
    """Hand a run's events to its script, as a reader of the run's own stream: its size and overflow are the session's.

    While a batch is being handled the next one gathers; with a window, at most one batch goes in that many seconds, and
    what is left when the run has ended goes at once. What the stream drops is counted (003 §45.6).
    """

    def __init__(
        self, state: ApiState, function: Any, handle: RunHandle, *, window: float, most: int
    ) -> None:
        self._state, self._function, self._stream = state, function, handle.events()
        self._window, self._most = window, most or _MOST
        loop = asyncio.get_running_loop()
        self._ended = loop.create_task(handle.ended()) if window else None
        self._task = loop.create_task(self._read())

    async def _read(self) -> None:
        async for event in self._stream:
            if self._ended is not None:
                await asyncio.wait([self._ended], timeout=self._window)
            await _hand_over(self._function, [event, *self._stream.take(self._most - 1)])
        self._state.counters.dropped_events += self._stream.dropped

    async def flushed(self) -> None:
        """Wait until the stream's last event has been handed over."""
        await asyncio.shield(self._task)


class Delivery:
    """Hand events to one sink of a script, in order, and never hold the run up: beyond 4,096 the oldest are dropped."""

    def __init__(self, state: ApiState, function: Any) -> None:
        self._state, self._function = state, function
        self._waiting: deque[Event] = deque(maxlen=_MOST)
        self._task: asyncio.Task[None] | None = None

    def __call__(self, event: Event, /) -> None:
        """Take one event, in the run's loop."""
        if len(self._waiting) == _MOST:
            self._state.counters.dropped_events += 1
        self._waiting.append(event)
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._hand_over())

    async def _hand_over(self) -> None:
        while self._waiting:
            batch = list(self._waiting)
            self._waiting.clear()
            await _hand_over(self._function, batch)

    async def flushed(self) -> None:
        """Wait until everything that was taken has been handed over."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)
