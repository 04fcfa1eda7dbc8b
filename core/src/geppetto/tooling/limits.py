"""A limit that holds: code that is too slow is told to stop, and left behind when it does not."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["TooLate", "in_time"]


class TooLate(Exception):
    """The work did not end within its seconds."""


async def in_time(
    work: Awaitable[Any], seconds: float | None, *, grace: float, leave: Callable[[Future[Any]], object]
) -> Any:
    """Await `work` for at most `seconds` and return its result; raise TooLate after them.

    Work that ignores its cancel is left behind after `grace` seconds and `leave` is told. A cancel of its own, or a
    call of `exit`, is an error like any other: neither may end the run or the loop.
    """
    task = asyncio.ensure_future(_contained(work))
    task.add_done_callback(_look)
    try:
        await asyncio.wait([task], timeout=seconds)
        late = not task.done()
    except asyncio.CancelledError:
        await _end(task, grace, leave)
        raise
    if late:
        await _end(task, grace, leave)
        raise TooLate
    if task.cancelled():
        msg = "CancelledError: it waited for something that was cancelled"
        raise RuntimeError(msg)
    return task.result()


async def _contained(work: Awaitable[Any]) -> Any:
    try:
        return await work
    except SystemExit as error:
        msg = f"SystemExit: {error}"
        raise RuntimeError(msg) from error


async def _end(task: asyncio.Task[Any], grace: float, leave: Callable[[Future[Any]], object]) -> None:
    task.cancel()
    try:
        await asyncio.wait([task], timeout=grace)
    finally:
        if not task.done():
            left: Future[Any] = Future()
            task.add_done_callback(lambda _ended: left.set_result(None))
            leave(left)


def _look(task: asyncio.Task[Any]) -> None:
    """Look at the outcome of work that was left behind, so that asyncio does not complain that nobody did."""
    if not task.cancelled():
        task.exception()
