"""The thread bridge: a plain function beside an event loop, with a `call_next` that blocks."""

import asyncio
import contextvars
from typing import Any

import pytest
from geppetto import Host, RunContext, Turn
from geppetto.builtin.echo import EchoEngine
from geppetto.errors import RunCancelled
from geppetto.middleware.bridge import call_plain
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


async def test_a_thread_that_was_left_behind_can_call_nothing_more() -> None:
    """After the grace a deaf function's `call_next` raises CancelledError in its thread."""
    threads = Threads()
    left: list[Any] = []
    refused: list[BaseException] = []
    calls: list[int] = []
    import threading

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
