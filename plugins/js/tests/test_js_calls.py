"""Whose deadline and whose stop count for what runs: that of the call itself, and of frames that stand below it."""

from __future__ import annotations

import asyncio

import pytest
from geppetto_js import HostFunction, JsDeadlineExceeded, Limits, Runtime


async def _wait(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "came"


async def test_what_a_reaction_begins_goes_on_after_its_call() -> None:
    """A deadline that is over for who waited is none for the timers that are left."""
    enough, loop = asyncio.Event(), asyncio.get_running_loop()
    async with Runtime(limits=Limits(timeout=0.2)) as runtime:
        await runtime.define_async("wait", _wait)
        await runtime.define_async("told", lambda: loop.call_soon_threadsafe(enough.set) and None)
        ticking = "setInterval(() => { if (++ticks === 15) told() }, 20)"  # ten fit into the deadline
        await runtime.evaluate_async(f"globalThis.ticks = 0; wait(0.02).then(() => {ticking}); 1")
        async with asyncio.timeout(20):
            await enough.wait()

        assert runtime.unhandled_rejections() == []


@pytest.mark.parametrize("time_limit", [0.2, None])
async def test_a_call_outlives_the_frame_it_was_entered_on(
    runtime: Runtime, time_limit: float | None
) -> None:
    """When that is stopped, and when it ends in time."""
    inner = await runtime.evaluate_async("(async () => await wait(0.5))", settle=False)
    tasks = []

    async def begin() -> None:
        tasks.append(asyncio.create_task(inner.call_async()))
        await asyncio.sleep(0.4 if time_limit else 0.1)

    await runtime.define_async("wait", _wait)
    await runtime.define_async("begin", HostFunction(begin, blocking=True))
    outer = runtime.evaluate_async("begin()", timeout=time_limit)
    if time_limit:
        with pytest.raises(JsDeadlineExceeded):
            await outer
    else:
        await outer

    async with asyncio.timeout(10):
        assert await tasks[0] == "came"


def test_a_nested_deadline_that_was_kept_ends_nothing_later(runtime: Runtime) -> None:
    """What the nested call began goes on when its time is over."""
    runtime.define(
        "nested", lambda: runtime.evaluate("setTimeout(() => { globalThis.late = 1 }, 200); 1", timeout=0.1)
    )
    runtime.evaluate("nested()")
    runtime.wait_idle(timeout=10)

    assert runtime.evaluate("late") == 1


@pytest.mark.needs_interrupt
async def test_a_busy_interval_lets_calls_pass_also_after_a_cancel(runtime: Runtime) -> None:
    """A cancel wakes the thread, which is no turn of the interval."""
    busy = "const end = Date.now() + 6; while (Date.now() < end);"
    await runtime.evaluate_async(f"globalThis.id = setInterval(() => {{ {busy} }}, 1); 1")
    for _ in range(3):
        task = asyncio.create_task(runtime.evaluate_async("new Promise(() => {})"))
        await asyncio.sleep(0.02)
        task.cancel()
        await asyncio.wait([task])
        assert await runtime.evaluate_async("1 + 1", timeout=10) == 2
    await runtime.evaluate_async("clearInterval(id)")


@pytest.mark.needs_interrupt
def test_timers_of_a_stopped_call_keep_nobody_waiting(runtime: Runtime) -> None:
    """They will not fire."""
    with pytest.raises(JsDeadlineExceeded):
        runtime.evaluate("setTimeout(() => {}, 60000); for (;;);", timeout=0.1)

    runtime.wait_idle(timeout=20)


@pytest.mark.needs_interrupt
async def test_remains_begin_nothing_through_a_nested_call_either(runtime: Runtime) -> None:
    """However much time that gives itself."""
    await runtime.evaluate_async(
        "globalThis.late = 0; globalThis.set = () => setTimeout(() => { late++ }, 20); 1"
    )
    setter = await runtime.evaluate_async("set")
    await runtime.define_async("nested", lambda: setter.call(timeout=5))
    with pytest.raises(JsDeadlineExceeded):
        await runtime.evaluate_async("Promise.resolve().then(() => nested()); for (;;);", timeout=0.1)
    await asyncio.sleep(0.2)

    assert await runtime.evaluate_async("late") == 0


def test_what_was_made_text_is_not_kept(runtime: Runtime) -> None:
    """It is remembered only while a script might throw it."""
    make = runtime.evaluate("() => { globalThis.ref = new WeakRef({ big: new Array(1000) }); return 1 }")
    make.call()
    runtime.evaluate("() => { String(ref.deref() ?? ''); return 1 }").call()
    runtime.evaluate("1")
    runtime.heap_bytes()

    assert runtime.evaluate("ref.deref() === undefined")
