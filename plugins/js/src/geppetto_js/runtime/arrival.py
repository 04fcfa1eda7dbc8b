"""What a task awaits for an end that another thread tells: it goes on in the very callback that brings it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import contextvars
    from collections.abc import Callable, Generator

__all__ = ["Arrival"]


class Arrival:
    """A future for one task (`asyncio.isfuture` has the protocol).

    The loop turns once more for each future that is settled, since its callbacks are queued; for a short call into a
    script that is a fifth of the price. All but `tell` is for the thread of the loop.
    """

    __slots__ = ("_asyncio_future_blocking", "_cancelled", "_error", "_loop", "_resume", "_value", "told")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self.told = self._cancelled = self._asyncio_future_blocking = False
        self._value: Any = None
        self._error: BaseException | None = None
        self._resume: tuple[Callable[[Arrival], object], contextvars.Context | None] | None = None

    def tell(self, value: Any, error: BaseException | None) -> None:
        """Bring the end; from any thread. A loop that is closed waits for nothing."""
        try:
            self._loop.call_soon_threadsafe(self._take, value, error)
        except RuntimeError:
            pass

    def end(self) -> Any:
        """Return or raise what was told."""
        if self._error is not None:
            raise self._error
        return self._value

    def _take(self, value: Any, error: BaseException | None) -> None:
        self._value, self._error, self.told = value, error, True
        self._go_on()

    def _go_on(self) -> None:
        if self._resume is not None:
            (resume, context), self._resume = self._resume, None
            if context is None:
                resume(self)
            else:
                context.run(resume, self)

    # ---- what a task asks of a future

    def __await__(self) -> Generator[Any, None, None]:
        if not self.told:
            self._asyncio_future_blocking = True
            yield self

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop whose task may wait."""
        return self._loop

    def add_done_callback(
        self, resume: Callable[[Arrival], object], *, context: contextvars.Context | None = None
    ) -> None:
        """Remember how the task goes on."""
        self._resume = resume, context

    def result(self) -> None:
        """Raise CancelledError in a task that was cancelled meanwhile; what was told is for `end`."""
        if self._cancelled:
            self._cancelled = False
            raise asyncio.CancelledError

    def cancel(self, msg: object = None) -> bool:  # noqa: ARG002  # tasks pass it
        """Let the task that is cancelled go on, in the loop's next turn; false when it goes on already."""
        if self._resume is None:
            return False
        self._cancelled = True
        self._loop.call_soon(self._go_on)
        return True
