"""EventHub: the way of every event, from the engine through the event middlewares to whoever listens."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from typing import TYPE_CHECKING, Any

from geppetto.events.codec import is_canonical
from geppetto.events.model import is_terminal
from geppetto.events.stream import EventStream
from geppetto.given import TEXT, check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from geppetto.engine.context import RunContext
    from geppetto.events.model import Correlation, Event
    from geppetto.inference.fold import ReplyFold
    from geppetto.inference.spec import RunSpec
    from geppetto.middleware.chain import Chain

__all__ = ["EventHub", "check_listened", "told"]

_log = logging.getLogger("geppetto.events")


def check_listened(option: str, types: Iterable[str], host: Any) -> None:
    """Raise InvalidOption for a type that no event has; plugins are asked only for types that are not the core's."""
    for name in types:
        check(option, name, TEXT)
        if name != "*" and not is_canonical(name):
            host.events.check(name, option)


class EventHub:
    """Number a run's events and hand them to its stream, listeners and sinks, in one order.

    Events of `internal` origin (a middleware's own calls) reach the sinks only. `fail` is told of an event
    middleware that raised.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        spec: RunSpec,
        chain: Chain,
        fold: ReplyFold,
        fail: Callable[[Exception], object],
    ) -> None:
        self._loop = loop
        #: the thread of the run's loop, once the run has begun
        self.thread = 0
        self._chain = chain if chain.has("event") else None
        self._fold = fold
        self._fail = fail
        self._seq = 0
        self._sinks = spec.sinks
        self._listeners: list[tuple[str, Callable[[Any], object]]] = list(spec.listeners.items())
        self._recent: list[Event] = []  # no deque: an empty one is larger than most runs need
        self._most_recent = spec.queue_size
        self.context: RunContext | None = None
        self.closed = False
        self.stream = EventStream(loop, size=spec.queue_size, overflow=spec.overflow)

    def emit(self, events: Sequence[Event], correlation: Correlation) -> None:
        """Publish events from any thread; after the terminal event they are dropped."""
        if threading.get_ident() == self.thread:
            self._publish(events, correlation)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._publish, events, correlation)

    def _publish(self, events: Sequence[Event], correlation: Correlation) -> None:
        for event in events:
            if self.closed:
                return
            if event.correlation is None:
                event.correlation = correlation
            self._fold.take(event)
            if self._chain is None:
                self._deliver(event)
                continue
            for passed in self._passed(event):
                self._deliver(passed)

    def _passed(self, event: Event) -> Sequence[Event]:
        assert self._chain is not None
        assert self.context is not None
        try:
            return self._chain.pass_event(self.context, event)
        except Exception as error:  # an event point of a stranger: the run fails, the emitter does not
            self._fail(error)
            return ()

    def close(self, terminal: Event, correlation: Correlation) -> None:
        """Publish the terminal event, which no middleware can drop, and end everything."""
        if self.closed:
            return
        terminal.correlation = correlation
        found = self._passed(terminal) if self._chain is not None else (terminal,)
        last = next((event for event in found if is_terminal(event)), terminal)
        for event in found:
            if not is_terminal(event):
                self._deliver(event)
        self._deliver(last)
        self.closed = True

    def _deliver(self, event: Event) -> None:
        self._seq += 1
        event.seq, event.time = self._seq, time.time()
        if event.correlation is None or event.correlation.origin == "user":
            self.stream.put(event)
            self._recent.append(event)
            if len(self._recent) > self._most_recent:
                del self._recent[0]
            for wanted, listener in self._listeners:
                if wanted in {"*", event.type}:
                    told("a listener", event.type, listener, event)
        for sink in self._sinks:
            told("a listener", event.type, sink, event)

    def listen(self, type: str, listener: Callable[[Any], object]) -> None:
        """Call `listener` with every event of a type (`*` for all), those that were already published first."""
        for event in list(self._recent):
            if type in {"*", event.type}:
                told("a listener", event.type, listener, event)
        self._listeners.append((type, listener))


def told(who: str, what: str, observer: Callable[..., object], *values: Any) -> None:
    """Call somebody who watches a run; what it raises is logged, and never the run's own end."""
    try:
        observer(*values)
    except (Exception, SystemExit, asyncio.CancelledError):
        _log.exception("%s failed on %s", who, what)
