"""How a plain `def` runs beside an event loop: on a host thread, with a `call_next` that blocks there.

The pattern and its reasons: contracts, "Plain `def` middleware". In short: a cancel first lets the inner work clean
up, reaches the thread as a BaseException so that `except Exception` cannot eat it, and leaves a deaf thread behind
after the grace, refusing its later calls.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import inspect
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from geppetto.threads import Threads

__all__ = ["call_plain", "is_async", "name_of"]


def is_async(fn: Any) -> bool:
    """Say whether calling `fn` certainly gives a coroutine; partials and callable objects are looked through."""
    return inspect.iscoroutinefunction(fn) or inspect.iscoroutinefunction(getattr(fn, "__call__", None))  # noqa: B004  # the method itself is asked


def name_of(fn: Any) -> str:
    """Return what messages call a callable: a partial by its function, an object by its class."""
    while isinstance(fn, functools.partial):
        fn = fn.func
    return getattr(fn, "__name__", type(fn).__name__)


class _Bridge:
    """Carries calls of `call_next` from one worker thread to the loop and waits for them there."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._loop_thread = threading.get_ident()
        self._stopped = False
        self._inner: set[asyncio.Task[Any]] = set()

    def next(self, make: Callable[..., Coroutine[Any, Any, Any]]) -> Callable[..., Any]:
        """Return a `call_next` that blocks in a worker thread and is awaited in the loop."""

        def call_next(*args: Any) -> Any:
            if threading.get_ident() == self._loop_thread:
                return make(*args)
            return self._call(lambda: make(*args))

        return call_next

    def _call(self, make: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
        box: Future[Any] = Future()
        context = contextvars.copy_context()
        try:
            self._loop.call_soon_threadsafe(self._start, make, box, context=context)
        except RuntimeError:  # the loop is closed: whoever is still here was left behind
            raise asyncio.CancelledError from None
        return box.result()

    def _start(self, make: Callable[[], Coroutine[Any, Any, Any]], box: Future[Any]) -> None:
        if self._stopped:
            box.set_exception(asyncio.CancelledError())
            return
        try:
            task = self._loop.create_task(make())
        except Exception as error:  # `call_next` was called with other arguments than it takes
            box.set_exception(error)
            return
        self._inner.add(task)
        task.add_done_callback(lambda ended: self._ended(ended, box))

    def _ended(self, task: asyncio.Task[Any], box: Future[Any]) -> None:
        # handed over only when the task has ended: the inner engine cleans up before the thread goes on
        self._inner.discard(task)
        if task.cancelled():
            box.set_exception(asyncio.CancelledError())
        elif (error := task.exception()) is not None:
            box.set_exception(error)
        else:
            box.set_result(task.result())

    def cancel(self) -> None:
        """Cancel what the thread waits for and refuse its later calls."""
        self._stopped = True
        for task in self._inner:
            task.cancel()


async def call_plain(
    threads: Threads,
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    make_next: Callable[..., Coroutine[Any, Any, Any]] | None = None,
    *,
    grace: float = 2.0,
    leave: Callable[[Future[Any]], object] = lambda _thread: None,
) -> Any:
    """Run `fn(*args[, call_next])` on a host thread and return what it gives; an awaitable is awaited here.

    On cancel the inner work ends first, then the thread gets up to `grace` seconds; the cancel wins over whatever
    the function returned. `leave` is told of a thread that is still busy then.
    """
    bridge = _Bridge(asyncio.get_running_loop())
    if make_next is not None:
        args = (*args, bridge.next(make_next))
    thread = threads.submit(contextvars.copy_context().run, _outcome, fn, args)
    done = asyncio.wrap_future(thread)
    done.add_done_callback(_forget)
    try:
        await asyncio.wait([done])
    except asyncio.CancelledError:
        bridge.cancel()
        try:
            await asyncio.wait([done], timeout=grace)
        finally:
            thread.add_done_callback(_discard)
            if not thread.done():
                leave(thread)
        raise
    result, error = done.result()
    if error is not None:
        raise error
    if inspect.isawaitable(result):
        return await _awaited(result)
    return result


def _outcome(fn: Callable[..., Any], args: tuple[Any, ...]) -> tuple[Any, BaseException | None]:
    """Call a function and give what came of it; as a future's own error StopIteration would hang its waiter."""
    try:
        return fn(*args), None
    except BaseException as error:  # the caller raises it
        return None, error


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


def _discard(thread: Future[Any]) -> None:
    """Close a coroutine that nobody will await any more."""
    result, _ = thread.result()
    if inspect.iscoroutine(result):
        result.close()


def _forget(done: asyncio.Future[Any]) -> None:
    """Look at the outcome of an abandoned call, so that asyncio does not complain that nobody did."""
    if not done.cancelled():
        done.exception()
