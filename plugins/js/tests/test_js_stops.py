"""What a stop ends and what it leaves alone: timers and promises of the call, those who wait for them, and the next call."""

from __future__ import annotations

import asyncio
import contextvars
import time
from typing import Any

import pytest
from geppetto_js import HostFunction, JsDeadlineExceeded, JsUsageError, Runtime

_CALLER: contextvars.ContextVar[str] = contextvars.ContextVar("caller", default="nobody")
_AFTER_A_TIMER = [
    "(async () => { await sleep(1); for (;;) {} })()",
    "new Promise(() => setTimeout(() => { for (;;) {} }, 1))",
    "(async () => { await host(); for (;;) {} })()",
]


async def _tick() -> None:
    await asyncio.sleep(0.001)


@pytest.mark.needs_interrupt
@pytest.mark.parametrize("source", _AFTER_A_TIMER)
async def test_what_goes_on_after_a_timer_ends_with_its_call(runtime: Runtime, source: str) -> None:
    """At the deadline, and with the task; the next call finds the thread free."""
    await runtime.define_async("host", _tick)
    with pytest.raises(JsDeadlineExceeded):
        await runtime.evaluate_async(source, timeout=0.1)
    assert await runtime.evaluate_async("6 * 7", timeout=5) == 42

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await runtime.evaluate_async(source)
    assert await runtime.evaluate_async("6 * 7", timeout=5) == 42
    assert runtime.unhandled_rejections() == []


@pytest.mark.parametrize("pause", [0, 1])
def test_timers_let_calls_pass(runtime: Runtime, pause: int) -> None:
    """One that sets itself again at once, or takes longer than its pause."""
    busy = "const end = Date.now() + 3; while (Date.now() < end);"
    runtime.evaluate(
        f"globalThis.go = true; const f = () => {{ {busy} if (go) setTimeout(f, {pause}) }}; f(); 1"
    )

    assert runtime.evaluate("go = false; 'passed'", timeout=10) == "passed"


async def test_a_script_that_polls_hears_of_its_promise(runtime: Runtime) -> None:
    """The promise is settled between two turns of the timer."""
    await runtime.define_async("host", _tick)
    source = """new Promise((resolve) => {
        let done = false; host().then(() => { done = true });
        (function poll() { done ? resolve("heard") : setTimeout(poll, 0) })();
    })"""

    assert await runtime.evaluate_async(source, timeout=10) == "heard"


async def test_a_promise_that_others_share_is_rejected_when_its_caller_is_stopped(runtime: Runtime) -> None:
    """Nobody waits for ever, and the caller itself does not go on for long."""

    async def fetch() -> int:
        await asyncio.sleep(30)
        return 1

    await runtime.define_async("fetch", fetch)
    await runtime.evaluate_async(
        "globalThis.log = []; globalThis.get = () => globalThis.cache ??= fetch(); 1"
    )
    first = asyncio.create_task(runtime.evaluate_async("get()"))
    await asyncio.sleep(0.02)
    second = asyncio.create_task(runtime.evaluate_async("get().catch((e) => `${e.name} ${e.code}`)"))
    await asyncio.sleep(0.02)
    first.cancel()

    async with asyncio.timeout(10):
        assert await second == "JsCancelled JS_CANCELED"
    with pytest.raises(asyncio.CancelledError):
        await first
    assert runtime.unhandled_rejections() == []


@pytest.mark.needs_interrupt
async def test_whoever_was_answered_before_a_stop_is_told(runtime: Runtime) -> None:
    """Although the one that answered did not live to see it."""
    waiting = asyncio.create_task(
        runtime.evaluate_async("new Promise((resolve) => { globalThis.answer = resolve })")
    )
    await asyncio.sleep(0.02)
    with pytest.raises(JsDeadlineExceeded):
        await runtime.evaluate_async("answer(5); for (;;);", timeout=0.1)

    async with asyncio.timeout(10):
        assert await waiting == 5


@pytest.mark.needs_interrupt
@pytest.mark.parametrize(
    "catch",
    [
        "for (;;);",
        "await again()",
        "await sleep(50); log.push('late')",
        "setTimeout(() => log.push('late'), 50)",
    ],
)
async def test_a_script_that_catches_its_stop_cannot_go_on(runtime: Runtime, catch: str) -> None:
    """It may clean up; it begins nothing, and has a moment only."""
    begun = 0

    async def again() -> None:
        nonlocal begun
        begun += 1
        await asyncio.sleep(30)

    await runtime.define_async("again", again)
    await runtime.evaluate_async("globalThis.log = []; 1")
    source = f"(async () => {{ for (;;) try {{ await again() }} catch {{ log.push('caught'); {catch} }} }})()"
    with pytest.raises(JsDeadlineExceeded):
        await runtime.evaluate_async(source, timeout=0.1)
    await asyncio.sleep(0.3)

    assert begun == 1
    log = await runtime.evaluate_async("log.map(String)", timeout=10)
    assert "caught" in log
    assert "late" not in log


async def test_calls_that_were_stopped_leave_nothing_behind(runtime: Runtime) -> None:
    """Neither what they waited for nor their timers."""

    async def host() -> None:
        await asyncio.sleep(30)

    async def stop(source: str) -> None:
        task = asyncio.create_task(runtime.evaluate_async(source))
        await asyncio.sleep(0)
        await runtime.evaluate_async("1")
        task.cancel()
        await asyncio.wait([task])

    await runtime.define_async("host", host)
    source = "(async () => { const kept = new Array(1000).fill(1); setTimeout(() => kept, 1); await host(); return kept })()"
    for _ in range(20):
        await stop(source)
    before = await runtime.heap_bytes_async()
    for _ in range(200):
        await stop(source)
    await runtime.wait_idle_async()

    assert await runtime.heap_bytes_async() < before + 200_000  # one alone keeps 16,000


def test_a_timer_that_is_cleared_is_gone(runtime: Runtime) -> None:
    """Nobody waits for it, and it keeps no memory."""
    runtime.evaluate("for (let i = 0; i < 300000; i++) clearTimeout(setTimeout(() => {}, 1e9)); 1")
    begun = time.monotonic()
    runtime.wait_idle()

    assert time.monotonic() - begun < 5
    assert (
        runtime.evaluate(
            "clearTimeout(); clearTimeout('x'); clearTimeout({}); clearInterval(setInterval(() => {}, 1)); 2"
        )
        == 2
    )
    runtime.wait_idle()


def test_more_timers_than_anybody_needs_are_an_error(runtime: Runtime) -> None:
    """They would take memory that no limit counts."""
    with pytest.raises(JsUsageError) as caught:
        runtime.evaluate("for (;;) setTimeout(() => {}, 1e9)")

    assert caught.value.code == "JS_TOO_MANY_TIMERS"


def test_ten_thousand_timers_fire_in_their_order(runtime: Runtime) -> None:
    """Each in its turn, whatever was cleared in between."""
    runtime.evaluate("""globalThis.fired = [];
        const set = (i) => setTimeout(() => fired.push(i), i % 7);
        for (let i = 0; i < 10000; i++) { const id = set(i); if (i % 3 === 0) clearTimeout(id); } 1""")
    runtime.wait_idle(timeout=60)
    fired: list[int] = runtime.evaluate("fired")

    assert sorted(fired) == [i for i in range(10000) if i % 3]


async def test_a_task_hears_why_it_was_cancelled(runtime: Runtime) -> None:
    """Libraries with cancel scopes know their own cancels by the message."""
    task = asyncio.create_task(runtime.evaluate_async("new Promise(() => {})"))
    await asyncio.sleep(0.02)
    task.cancel("why")

    with pytest.raises(asyncio.CancelledError, match="why"):
        await task


@pytest.mark.needs_interrupt
async def test_a_task_cancelled_twice_still_lets_its_script_clean_up(runtime: Runtime) -> None:
    """A second cancel in the same turn is the same one."""
    done = []

    async def host() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(0.05)
            done.append("cleaned")

    await runtime.define_async("host", HostFunction(host, blocking=True))
    task = asyncio.create_task(runtime.evaluate_async("host()"))
    await asyncio.sleep(0.05)
    task.cancel()
    task.cancel()
    await asyncio.wait([task])

    assert done == ["cleaned"]


async def test_a_host_function_that_does_not_end_does_not_hold_the_caller(runtime: Runtime) -> None:
    """Past its deadline and some grace."""
    free = asyncio.Event()
    loop = asyncio.get_running_loop()
    await runtime.define_async("block", lambda: asyncio.run_coroutine_threadsafe(free.wait(), loop).result())
    begun = time.monotonic()
    with pytest.raises(JsDeadlineExceeded):
        await runtime.evaluate_async("block()", timeout=0.1)
    free.set()

    assert time.monotonic() - begun < 10


@pytest.mark.parametrize("blocking", [True, False])
def test_a_loop_that_is_closed_ends_what_waits_for_it(blocking: bool) -> None:
    """A coroutine that was not begun there never will be."""
    with Runtime() as runtime:

        async def begin() -> None:
            await runtime.define_async("host", HostFunction(_tick, blocking=blocking))
            await runtime.evaluate_async("setTimeout(() => { globalThis.promise = host() }, 30); 1")

        loop = asyncio.new_event_loop()
        loop.run_until_complete(begin())
        time.sleep(0.1)  # the timer fires while the loop stands still
        loop.close()

        runtime.wait_idle(timeout=20)
        [error] = runtime.unhandled_rejections()
        assert getattr(error, "code", "") == "JS_NO_LOOP"


@pytest.mark.parametrize(
    "source",
    [
        "host()",
        "sleep(1).then(host)",
        "(async () => { await tick(); return host() })()",
        "new Promise((r) => setTimeout(() => r(host()), 1))",
    ],
)
@pytest.mark.parametrize("kind", ["plain", "promise"])
async def test_host_functions_see_the_callers_context(runtime: Runtime, source: str, kind: str) -> None:
    """Before and after timers and promises, each caller its own."""

    async def later() -> str:
        return _CALLER.get()

    await runtime.define_async("tick", _tick)
    await runtime.define_async("host", _CALLER.get if kind == "plain" else later)

    async def call(name: str) -> Any:
        _CALLER.set(name)
        return await runtime.evaluate_async(source)

    names = [f"caller {number}" for number in range(10)]
    assert await asyncio.gather(*map(call, names)) == names


@pytest.mark.parametrize("wait", ["wait_idle", "evaluate_async"])
def test_a_host_function_that_would_wait_for_itself_is_told(runtime: Runtime, wait: str) -> None:
    """On the JavaScript thread nobody else could end the wait."""
    waits = {
        "wait_idle": runtime.wait_idle,
        "evaluate_async": lambda: asyncio.run(runtime.evaluate_async("1")),
    }
    runtime.define("host", waits[wait])

    with pytest.raises(JsUsageError) as caught:
        runtime.evaluate("host()", timeout=10)
    assert caught.value.code == "JS_BLOCKS_ITSELF"


@pytest.mark.parametrize("root", [0, "", ()])
async def test_any_object_is_a_root(runtime: Runtime, root: object) -> None:
    """Also one that counts as false."""

    async def host() -> Any:
        return await runtime.evaluate_async("1 + 1")

    await runtime.define_async("host", HostFunction(host, blocking=True))

    assert await runtime.evaluate_async("host()", root=root, timeout=10) == 2
