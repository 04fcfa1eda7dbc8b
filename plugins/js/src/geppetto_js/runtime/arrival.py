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
        self.told = self._asyncio_future_blocking = False
        self._cancelled: tuple[Any, ...] | None = None
        self._value: Any = None
        self._error: BaseException | None = None
        self._resume: tuple[Callable[[Arrival], object], contextvars.Context | None] | None = None

    def tell(self, value: Any, error: BaseException | None) -> None:
        """Bring the end; from any thread. A loop that is closed waits for nothing."""
        try:
            self._loop.call_soon_threadsafe(self.take, value, error)
        except RuntimeError:
            pass

    def end(self) -> Any:
        """Return or raise what was told."""
        error, self._error = self._error, None  # the traceback leads here, and must not close a circle
        try:
            if error is not None:
                raise error
            return self._value
        finally:
            del error

    def take(self, value: Any, error: BaseException | None) -> None:
        """Take the end, on the loop's thread; the first one counts."""
        if not self.told:
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
        if self._cancelled is not None:
            said, self._cancelled = self._cancelled, None
            raise asyncio.CancelledError(*said)

    def cancel(self, msg: object = None) -> bool:
        """Let the task that is cancelled go on, in the loop's next turn; false when it goes on already.

        It hears the message: some libraries know their own cancels by it.
        """
        if self._resume is None:
            return False
        if self._cancelled is None:
            self._cancelled = () if msg is None else (msg,)
            self._loop.call_soon(self._go_on)
        return True
