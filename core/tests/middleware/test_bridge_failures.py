"""The thread bridge: slips, strange exceptions, threads that were left behind, closed loops."""

import asyncio
import inspect
import threading
from typing import Any

import pytest
from geppetto import Host, RunContext, Turn
from geppetto.errors import MiddlewareError
from geppetto.middleware.bridge import call_plain
from geppetto.threads import Threads


async def test_a_thread_that_was_left_behind_can_call_nothing_more() -> None:
    """After the grace a deaf function's `call_next` raises CancelledError in its thread."""
    threads = Threads()
    left: list[Any] = []
    refused: list[BaseException] = []
    calls: list[int] = []
    release = threading.Event()

    async def inner() -> None:
        calls.append(1)

    def deaf(call_next: Any) -> None:
        release.wait(10)
        try:
            call_next()
        except BaseException as error:
            refused.append(error)

    task = asyncio.ensure_future(call_plain(threads, deaf, (), inner, grace=0.01, leave=left.append))
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])
    release.set()
    while not refused:  # noqa: ASYNC110  # a plain thread fills the list
        await asyncio.sleep(0.005)

    assert task.cancelled()
    assert len(left) == 1
    assert isinstance(refused[0], asyncio.CancelledError)
    assert calls == []
    assert threads.close() == 0


async def test_a_slip_in_calling_call_next_is_an_error_and_no_hang(plain_host: Host) -> None:
    """`call_next(turn)` without the context raises in the plain function's own thread."""

    def slips(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        reply: Turn = call_next(turn)
        return reply

    session = plain_host.create_session(engine="echo", middlewares=[slips])
    with pytest.raises(MiddlewareError, match=r"middleware 0 \(slips\): TypeError: .*missing"):
        await session.run_async("hi")


@pytest.mark.parametrize("error", [StopIteration("over"), SystemExit(3), KeyError("k")])
async def test_every_exception_of_a_plain_function_comes_out(error: BaseException) -> None:
    """Also those that a future cannot carry; none of them leaves the caller waiting."""
    threads = Threads()

    def raises() -> None:
        raise error

    with pytest.raises((RuntimeError, SystemExit, KeyError)) as caught:
        await call_plain(threads, raises, ())

    assert error in (caught.value, caught.value.__cause__)
    assert threads.close() == 0


async def test_a_coroutine_that_nobody_will_await_is_closed() -> None:
    """A plain function that was left behind and then gives a coroutine leaves no warning."""
    threads = Threads()
    release, made = threading.Event(), []

    async def never() -> None:
        """Do nothing."""

    def late() -> Any:
        release.wait(10)
        made.append(never())
        return made[0]

    task = asyncio.ensure_future(call_plain(threads, late, (), grace=0.01))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    release.set()

    assert threads.close() == 0
    assert inspect.getcoroutinestate(made[0]) == inspect.CORO_CLOSED


def test_call_next_of_a_closed_loop_is_refused() -> None:
    """A thread that outlives its event loop gets the cancel, not a RuntimeError that it might eat."""
    threads = Threads()
    release = threading.Event()
    refused: list[BaseException] = []

    async def inner() -> None:
        """Do nothing."""

    def deaf(call_next: Any) -> None:
        release.wait(10)
        try:
            call_next()
        except BaseException as error:
            refused.append(error)

    async def leave_it() -> None:
        task = asyncio.ensure_future(call_plain(threads, deaf, (), inner, grace=0.01))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(leave_it())
    release.set()

    assert threads.close() == 0
    assert isinstance(refused[0], asyncio.CancelledError)
