"""The thread bridge: a plain function beside an event loop, with a `call_next` that blocks."""

import asyncio
import contextvars
import functools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from geppetto import Host, RunContext, Turn
from geppetto.builtin.echo import EchoEngine
from geppetto.errors import RunCancelled
from geppetto.middleware.bridge import call_plain, is_async, name_of
from geppetto.threads import Threads

WORD: contextvars.ContextVar[str] = contextvars.ContextVar("word", default="unset")


def _through(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
    reply: Turn = call_next(ctx, turn)
    return reply


async def test_many_runs_with_several_plain_layers_do_not_deadlock(plain_host: Host) -> None:
    """300 runs with three blocking layers each complete side by side."""
    sessions = [
        plain_host.create_session(engine=EchoEngine("ok"), middlewares=[_through] * 3) for _ in range(300)
    ]

    async with asyncio.timeout(60):
        turns = await asyncio.gather(*(session.run_async("hi") for session in sessions))

    assert {turn.text for turn in turns} == {"ok"}


async def test_inner_work_is_cleaned_up_before_the_plain_function_goes_on(plain_host: Host) -> None:
    """On cancel the engine's `finally` runs before the middleware's; `except Exception` does not eat the cancel."""
    log: list[str] = []
    started = asyncio.Event()

    class Slow:
        async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
            try:
                started.set()
                await asyncio.sleep(30)
            finally:
                await asyncio.sleep(0.01)
                log.append("engine")
            return turn

    def layer(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        try:
            reply: Turn = call_next(ctx, turn)
        except Exception:
            log.append("eaten")
            return turn
        finally:
            log.append("middleware")
        return reply

    handle = plain_host.create_session(engine=Slow(), middlewares=[layer]).start("hi")
    await started.wait()
    handle.cancel()

    with pytest.raises(RunCancelled):
        await handle
    assert log == ["engine", "middleware"]


async def test_context_variables_flow_inwards(plain_host: Host) -> None:
    """What the caller set is seen in the thread, and what the thread set is seen by what it calls."""
    seen: list[str] = []

    def outer(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        seen.append(WORD.get())
        WORD.set("from the thread")
        reply: Turn = call_next(ctx, turn)
        return reply

    async def inner(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        seen.append(WORD.get())
        reply: Turn = await call_next(ctx, turn)
        return reply

    WORD.set("from the caller")
    await plain_host.create_session(engine="echo", middlewares=[outer, inner]).run_async("hi")

    assert seen == ["from the caller", "from the thread"]
    assert WORD.get() == "from the caller"


async def test_the_original_exception_comes_through_both_threads() -> None:
    """The object that the inner work raised is what the plain function sees, and what comes out."""
    threads = Threads()
    error = LookupError("deep")
    seen: list[BaseException] = []

    async def inner() -> None:
        raise error

    def plain(call_next: Any) -> None:
        try:
            call_next()
        except LookupError as caught:
            seen.append(caught)
            raise

    with pytest.raises(LookupError) as caught:
        await call_plain(threads, plain, (), inner)

    assert caught.value is error
    assert seen == [error]
    assert threads.close() == 0


async def test_call_next_may_be_called_more_than_once_and_from_other_threads() -> None:
    """A plain function may try again, or do its work in threads of its own."""
    threads = Threads()
    calls: list[int] = []

    async def inner(number: int) -> int:
        await asyncio.sleep(0)
        calls.append(number)
        return number * 2

    def plain(call_next: Any) -> list[int]:
        with ThreadPoolExecutor(2) as pool:
            return [call_next(1), *pool.map(call_next, [2, 3])]

    assert await call_plain(threads, plain, (), inner) == [2, 4, 6]
    assert sorted(calls) == [1, 2, 3]
    assert threads.close() == 0


async def test_layers_of_threads_nest_and_clean_up_from_inside_out() -> None:
    """Three plain functions inside each other: on cancel the innermost `finally` runs first."""
    threads = Threads()
    log: list[int] = []
    deepest = asyncio.Event()

    async def layer(depth: int) -> None:
        if depth == 3:
            deepest.set()
            await asyncio.sleep(30)
            return

        def plain(call_next: Any) -> None:
            try:
                call_next(depth + 1)
            finally:
                log.append(depth)

        await call_plain(threads, plain, (), layer)

    task = asyncio.ensure_future(layer(0))
    await deepest.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert log == [2, 1, 0]
    assert threads.close() == 0


class _Async:
    async def __call__(self) -> None:
        """Do nothing."""


async def _function() -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("fn", "asynchronous", "name"),
    [
        (_function, True, "_function"),
        (functools.partial(_function), True, "_function"),
        (_Async(), True, "_Async"),
        (functools.partial(functools.partial(print), 1), False, "print"),
        (lambda: None, False, "<lambda>"),
    ],
)
def test_what_a_callable_is_and_how_messages_call_it(fn: Any, asynchronous: bool, name: str) -> None:
    """Partials and callable objects are looked through."""
    assert is_async(fn) is asynchronous
    assert name_of(fn) == name
