"""The bounded stream of a run's events: written without waiting, read by `for` or `async for`.

When it is full, adjacent deltas of one segment are merged first; then `drop_oldest`, `drop_newest` or `block`
decides. The terminal event is never dropped. All writing happens in the run's event loop; reading may happen there,
in another loop or in a plain thread.
"""

from __future__ import annotations

import asyncio
from collections import deque
from concurrent.futures import Future, InvalidStateError, wait
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto.blocking import refuse_in_a_loop
from geppetto.errors import InvalidOption
from geppetto.events.model import (
    Event,
    ReasoningDelta,
    TextDelta,
    ToolCallArgumentsDelta,
    is_terminal,
)
from geppetto.turns import Overflow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

__all__ = ["EventStream"]

_LOOK = 0.5  # seconds after which a reader outside looks whether the run's loop is gone
_DELTAS = (TextDelta, ReasoningDelta, ToolCallArgumentsDelta)


class EventStream:
    """Hold up to `size` events between a run and its consumer.

    `dropped` counts the events that were lost; deltas that had been merged into one count as one.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        *,
        size: int = 1024,
        overflow: Overflow | str = Overflow.DROP_OLDEST,
    ) -> None:
        if size < 1:
            raise InvalidOption(f"size: expected at least 1, got {size}", subject="size")
        try:
            self._overflow = Overflow(overflow)
        except ValueError as error:
            raise InvalidOption(
                f"invalid overflow {overflow!r}",
                subject="overflow",
                next_step="drop_oldest, drop_newest or block",
            ) from error
        self._loop = loop
        self._size = size
        self._queue: deque[Event] = deque()
        self._merged: list[str] = []  # deltas that wait to be joined to the last event of the queue
        self._closed = False
        self._readers: list[asyncio.Future[None]] = []
        self._writers: list[asyncio.Future[None]] = []
        self._ready: list[Event] = []  # handed over to a reader outside the loop
        self._asking: list[Future[None]] = []
        self.dropped = 0

    def put(self, event: Event) -> None:
        """Add an event; never waits. Call it in the run's loop."""
        if self._closed:
            return
        terminal = is_terminal(event)
        if len(self._queue) >= self._size and not terminal and self._overflow is not Overflow.BLOCK:
            if self._merge(event):
                return
            self.dropped += 1
            if self._overflow is Overflow.DROP_NEWEST:
                return
            self._pop()
        self._join()
        self._queue.append(event)
        if terminal:
            self.close()
        elif self._readers or self._asking:
            self._tell()

    def close(self) -> None:
        """Take nothing more; what is there can still be read. A terminal event closes by itself."""
        self._closed = True
        _wake(self._writers)
        self._tell()

    def _tell(self) -> None:
        _wake(self._readers)
        asking, self._asking = self._asking, []
        for asked in asking:
            self._hand_over(asked)

    def _merge(self, event: Event) -> bool:
        last = self._queue[-1]
        if type(event) is not type(last) or not isinstance(event, _DELTAS):
            return False
        if event.correlation != last.correlation:
            return False
        self._merged.append(event.delta)
        return True

    def _join(self) -> None:
        """Give the last event the deltas that were merged into it, as a copy: sinks may hold the original."""
        if self._merged:
            last: Any = self._queue[-1]
            self._queue[-1] = replace(last, delta=last.delta + "".join(self._merged))
            self._merged.clear()

    def _pop(self) -> Event:
        if len(self._queue) == 1:
            self._join()
        event = self._queue.popleft()
        if self._writers and len(self._queue) < self._size:
            _wake(self._writers)
        return event

    async def drain(self) -> None:
        """Wait until there is room, when overflow is `block`; else return at once."""
        while self._overflow is Overflow.BLOCK and len(self._queue) >= self._size and not self._closed:
            waiter = self._loop.create_future()
            self._writers.append(waiter)
            await waiter

    async def _next(self) -> Event | None:
        while not self._ready and not self._queue:
            if self._closed:
                return None
            waiter = self._loop.create_future()
            self._readers.append(waiter)
            await waiter
        return self._ready.pop(0) if self._ready else self._pop()

    def take(self, most: int) -> list[Event]:
        """Return up to `most` events that are there, without waiting; in the run's loop, by its one reader."""
        return [self._pop() for _ in range(min(most, len(self._queue)))]

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Read to the terminal event, from any event loop."""
        if asyncio.get_running_loop() is self._loop:
            while (event := await self._next()) is not None:
                yield event
            return
        while self._ready or await self._more():
            yield self._ready.pop(0)

    def __iter__(self) -> Iterator[Event]:
        """Read to the terminal event in a plain thread; raises BlockingCallError inside a running event loop."""
        refuse_in_a_loop("`for event in events`", "async for event in events")
        while self._ready or self._wait_for_more():
            yield self._ready.pop(0)

    async def _more(self) -> bool:
        asked = asyncio.wrap_future(self._ask())
        while not asked.done() and not self._loop.is_closed():
            await asyncio.wait([asked], timeout=_LOOK)
        return self._has_more()

    def _wait_for_more(self) -> bool:
        asked = self._ask()
        while not asked.done() and not self._loop.is_closed():
            wait([asked], timeout=_LOOK)
        return self._has_more()

    def _has_more(self) -> bool:
        if self._loop.is_closed():
            self._writers.clear()  # nobody can wake them any more
            self._take_all()
        return bool(self._ready)

    def _ask(self) -> Future[None]:
        """Ask the run's loop for what there is, as soon as there is something."""
        asked: Future[None] = Future()
        try:
            self._loop.call_soon_threadsafe(self._hand_over, asked)
        except RuntimeError:  # the loop is closed
            asked.set_result(None)
        return asked

    def _hand_over(self, asked: Future[None]) -> None:
        """Answer a reader; who went away meanwhile finds the events in `_ready` when it comes back."""
        if asked.cancelled():
            return
        if not self._queue and not self._closed:
            self._asking.append(asked)
            return
        self._take_all()
        try:
            asked.set_result(None)
        except InvalidStateError:  # cancelled in this moment
            pass

    def _take_all(self) -> None:
        while self._queue:
            self._ready.append(self._pop())


def _wake(waiters: list[asyncio.Future[None]]) -> None:
    for waiter in waiters:
        if not waiter.done():
            waiter.set_result(None)
    waiters.clear()
