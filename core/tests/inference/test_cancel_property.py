"""Ten thousand runs, each ended at a random point by a cancel, a deadline or its caller: none may leave a trace."""

import asyncio
import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from geppetto import Host, RunContext, ToolRegistry, Turn
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.errors import DeadlineExceeded, RunAborted, RunCancelled
from geppetto.events import Collector, RunStarted, is_terminal

RUNS = 10_000
AT_ONCE = 250


async def _async_middleware(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
    await asyncio.sleep(0)
    reply: Turn = await call_next(ctx, turn)
    await asyncio.sleep(0)
    return reply


def _plain_middleware(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
    reply: Turn = call_next(ctx, turn)
    return reply


async def _eats_the_cancel(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
    try:
        reply: Turn = await call_next(ctx, turn)
    except asyncio.CancelledError:
        await asyncio.sleep(0.001)
        return turn
    return reply


def _plain_and_deaf(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
    try:
        reply: Turn = call_next(ctx, turn)
    except BaseException:
        time.sleep(0.002)
        return turn
    return reply


class _Everywhere:
    """Wraps every point."""

    async def run(self, ctx: RunContext, turn: Turn, call_next: Any) -> Any:
        return await call_next(ctx, turn)

    async def tool(self, ctx: RunContext, call: Any, call_next: Any) -> Any:
        await asyncio.sleep(0)
        return await call_next(ctx, call)

    def event(self, ctx: RunContext, event: Any) -> Any:
        return event


async def _quick(arguments: Any, context: Any) -> str:
    await asyncio.sleep(0.0005)
    return "done"


def _blocking(arguments: Any, context: Any) -> str:
    time.sleep(0.001)
    return "done"


async def _deaf_tool(arguments: Any, context: Any) -> str:
    try:
        await asyncio.sleep(0.002)
    except asyncio.CancelledError:
        await asyncio.sleep(0.001)
    return "done"


MIDDLEWARES = [_async_middleware, _plain_middleware, _eats_the_cancel, _plain_and_deaf, _Everywhere()]
TOOLS: dict[str, Callable[..., Any]] = {"quick": _quick, "blocking": _blocking, "deaf": _deaf_tool}


def _engine(dice: random.Random) -> ScriptedEngine:
    calls = [{"name": dice.choice([*TOOLS, "missing"])} for _ in range(dice.randrange(4))]
    pace = dice.choice([0, 0, 0.0002])
    first = {"text": "some words of a reply", "delay": pace, "reasoning": "thinking", "tool_calls": calls}
    return ScriptedEngine([first, {"text": "the end", "delay": pace}])


async def _one(host: Host, registry: ToolRegistry, dice: random.Random) -> Collector:
    """Start a run, end it somehow at a random moment, and return all events it published."""
    seen = Collector()
    session = host.create_session(
        engine=_engine(dice),
        middlewares=dice.choices(MIDDLEWARES, k=dice.randrange(4)),
        tools=registry,
        sinks=(seen,),
        grace=1.0,
    )
    moment, way = dice.random() ** 2 * 0.06, dice.choice(["cancel", "deadline", "caller", "both"])
    if way == "deadline":
        with pytest.raises(DeadlineExceeded) if moment < 1e-5 else _either():
            await session.run_async("go", timeout=moment)
        return seen
    task = asyncio.ensure_future(session.run_async("go"))
    await asyncio.sleep(moment if dice.random() < 0.8 else 0)
    if way in {"cancel", "both"}:
        session.cancel()
    if way in {"caller", "both"}:
        task.cancel()
    await asyncio.wait([task])
    if not task.cancelled():
        assert task.exception() is None or isinstance(task.exception(), (RunCancelled, RunAborted))
    return seen


class _either:  # noqa: N801  # reads as a word beside `pytest.raises`
    """Let a run finish, run out of time, or give up on a tool that keeps failing."""

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> bool:
        """Take those ends, nothing else."""
        return kind is None or issubclass(kind, (DeadlineExceeded, RunAborted))


def _check(seen: Collector) -> None:
    if not seen.events:
        return  # the caller was cancelled before the run was started
    terminal = [event for event in seen.events if is_terminal(event)]
    assert isinstance(seen.events[0], RunStarted)
    assert len(terminal) == 1, seen.types()
    assert seen.events[-1] is terminal[0], seen.types()
    assert [event.seq for event in seen.events] == list(range(1, len(seen.events) + 1))


async def test_random_cancels_leave_one_terminal_event_and_nothing_else(plain_host: Host) -> None:
    """Every run that began has one terminal event, last; no task is left, and no thread once the host is closed."""
    registry = ToolRegistry()
    for name, handler in TOOLS.items():
        registry.define(name, handler)
    dice = random.Random(20261120)
    ended = 0

    while ended < RUNS:
        batch = await asyncio.gather(*(_one(plain_host, registry, dice) for _ in range(AT_ONCE)))
        for seen in batch:
            _check(seen)
        ended += len(batch)
        await _settled()

    report = await plain_host.aclose()
    assert report.abandoned_threads == 0
    await _threads_ended()


async def _settled() -> None:
    """Wait until no task but this one is left; fail when one stays."""
    me = asyncio.current_task()
    for _ in range(200):
        others = [task for task in asyncio.all_tasks() if task is not me]
        if not others:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"tasks are left: {others}")


async def _threads_ended() -> None:
    """Wait until no thread of the host is listed: one that was told to end still is for a moment."""
    for _ in range(200):
        names = [thread.name for thread in threading.enumerate() if thread.name.startswith("geppetto-")]
        if not names:
            return
        await asyncio.sleep(0.01)
    pytest.fail(f"threads are left: {names}")
