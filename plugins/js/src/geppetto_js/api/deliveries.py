"""Events on their way to a script: gathered in the run's loop, handed over in batches, never waited for by the run."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from typing import TYPE_CHECKING, Any

from geppetto_js.api.calling import call
from geppetto_js.api.words import camel_keys
from geppetto_js.errors import JsRuntimeClosed

if TYPE_CHECKING:
    from geppetto.events import Event

    from geppetto_js.api.state import ApiState

__all__ = ["Delivery", "event_to_js"]

_log = logging.getLogger("geppetto.js")
_MOST = 4096
_ENVELOPE = ("type", "seq", "time", "correlation")


def event_to_js(event: Event) -> dict[str, Any]:
    """Return an event as listeners get it: lowerCamel fields, ids on top and in `correlation`, Unix milliseconds."""
    found = event.to_json()
    correlation = {"toolCallId": "", "providerCallId": "", **camel_keys(found["correlation"])}
    payload = {name: value for name, value in found.items() if name not in _ENVELOPE}
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


class Delivery:
    """Hand events to one function of a script, in order.

    While a batch is being handled the next one gathers; with a window, at most one batch goes in that many seconds. Beyond
    4,096 waiting events the oldest are dropped and counted (003 §45.6).
    """

    def __init__(self, state: ApiState, function: Any, *, window: float = 0.0, most: int = 0) -> None:
        self._state, self._function = state, function
        self._window, self._most = window, most
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
            if self._window:
                await asyncio.sleep(self._window)
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), self._most or _MOST))]
            try:
                await call(self._function, [event_to_js(event) for event in batch])
            except JsRuntimeClosed:
                return  # nobody is there any more
            except Exception:
                _log.exception("a batch of %s events could not be handed to the script", len(batch))

    async def flushed(self) -> None:
        """Wait until everything that was taken has been handed over."""
        while self._task is not None and not self._task.done():
            await asyncio.shield(self._task)
