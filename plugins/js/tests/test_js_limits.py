"""What stops a script: deadlines, cancels, memory, stack; and that other threads run meanwhile."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from geppetto_js import HostFunction, JsDeadlineExceeded, JsError, Limits, Runtime

pytestmark = pytest.mark.needs_interrupt

_RUNAWAYS = {
    "top level": "while (true) {}",
    "callback": "call(() => { while (true) {} })",
    "promise job": "Promise.resolve().then(() => { while (true) {} })",
    "async function": "(async () => { await null; for (;;) {} })()",
    "endless promise jobs": "const again = () => Promise.resolve().then(again); again()",
    "regular expression": "/(a+)+$/.test('a'.repeat(40) + 'b')",
    "caught": "while (true) { try { while (true) {} } catch {} finally { for (;;) {} } }",
    "caught below": "try { call(() => { while (true) {} }) } catch {} while (true) {}",
    "swallowed by promises": "for (;;) new Promise(() => { for (;;); })",
    "swallowed by async functions": "for (;;) (async () => { for (;;); })()",
    "swallowed by async generators": "for (;;) { (async function* () { for (;;); })().next() }",
    "caught at the end": "try { call(() => { while (true) {} }) } catch { 'kept' }",
}


@pytest.mark.parametrize("source", _RUNAWAYS.values(), ids=_RUNAWAYS)
async def test_a_runaway_ends_at_its_deadline_while_the_loop_goes_on(runtime: Runtime, source: str) -> None:
    """Wherever it runs and whatever it catches."""
    ticks = 0

    async def tick() -> None:
        nonlocal ticks
        while True:
            await asyncio.sleep(0.005)
            ticks += 1

    await runtime.evaluate_async("const call = (f) => f()")
    runtime_call = await runtime.evaluate_async("(host) => { globalThis.call = (f) => host(f) }")
    await runtime_call.call_async(lambda f: f.call())
    ticker = asyncio.create_task(tick())
    start = time.perf_counter()
    with pytest.raises(JsDeadlineExceeded) as caught:
        await runtime.evaluate_async(source, timeout=0.2)
    taken = time.perf_counter() - start
    ticker.cancel()

    assert caught.value.exit_code == 124
    assert taken > 0.15
    assert ticks >= 5


@pytest.mark.parametrize(
    "source",
    [
        "const spin = () => {\n  for (;;);\n};\nspin();",
        "const spin = () => {\n  for (;;);\n};\nPromise.resolve().then(spin)",
        "Error.prepareStackTrace = () => { for (;;); }; const spin = () => {\n  for (;;);\n};\nspin();",
        "Object.defineProperty(Error, 'prepareStackTrace', {get() { throw 1 }}); const spin = () => { for (;;); }; spin();",
    ],
)
def test_a_script_that_was_stopped_is_told_where(runtime: Runtime, source: str) -> None:
    """An endless loop is hard to find otherwise; the runtime goes on, whatever a script makes of its stacks."""
    with pytest.raises(JsDeadlineExceeded) as caught:
        runtime.evaluate(source, "loop.js", timeout=0.1)

    assert caught.value.js_stack.splitlines()[0].startswith("    at spin (loop.js:")
    assert caught.value.__notes__ == [f"JavaScript stack:\n{caught.value.js_stack}"]
    assert runtime.evaluate("1 + 1") == 2


def test_a_script_that_only_waited_has_no_place(runtime: Runtime) -> None:
    """Nothing of it ran when it was stopped."""
    with pytest.raises(JsDeadlineExceeded) as caught:
        runtime.evaluate("new Promise(() => {})", timeout=0.1)

    assert caught.value.js_stack == ""


async def test_a_cancelled_task_stops_its_script(runtime: Runtime) -> None:
    """The runtime is usable afterwards."""
    task = asyncio.create_task(runtime.evaluate_async("while (true) {}"))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await runtime.evaluate_async("1", timeout=20) == 1


@pytest.mark.parametrize("blocking", [True, False])
async def test_a_deadline_cancels_the_coroutine_that_a_script_waits_for(
    runtime: Runtime, blocking: bool
) -> None:
    """No JavaScript runs then; a deaf script cannot keep the call alive."""
    ended = asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.set()

    run = await runtime.evaluate_async("(f) => { try { return f() } catch { return 'kept' } }")

    with pytest.raises(JsDeadlineExceeded):
        await run.call_async(HostFunction(forever, blocking=blocking), timeout=0.1)

    async with asyncio.timeout(20):
        await ended.wait()


async def test_a_deadline_in_a_loop_cancels_promises_that_were_begun(runtime: Runtime) -> None:
    """The call takes with it what it started."""
    ended = asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            ended.set()

    run = await runtime.evaluate_async("(f) => { f(); while (true) {} }")
    with pytest.raises(JsDeadlineExceeded):
        await run.call_async(forever, timeout=0.1)

    async with asyncio.timeout(1):
        await ended.wait()


async def test_a_cancel_reaches_the_coroutine_before_the_caller_goes_on(runtime: Runtime) -> None:
    """What it has to clean up is cleaned up."""
    order: list[str] = []

    async def forever() -> None:
        try:
            await asyncio.sleep(100)
        finally:
            await asyncio.sleep(0.02)
            order.append("inner")

    run = await runtime.evaluate_async("(f) => f()")
    task = asyncio.create_task(run.call_async(HostFunction(forever, blocking=True)))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    order.append("caller")

    assert order == ["inner", "caller"]


async def test_a_call_that_waits_its_turn_can_be_cancelled(runtime: Runtime) -> None:
    """It never begins."""
    release = asyncio.Event()
    run = await runtime.evaluate_async("(f) => f()")
    first = asyncio.create_task(run.call_async(HostFunction(release.wait, blocking=True)))
    await asyncio.sleep(0.02)
    begun: list[int] = []

    with pytest.raises(JsDeadlineExceeded):
        await runtime.call_async(run, lambda: begun.append(1), timeout=0.05)

    assert not first.done()
    release.set()
    await first
    assert begun == []


@pytest.mark.parametrize("limits", [Limits(), Limits(memory=None)], ids=["limited", "unlimited"])
@pytest.mark.parametrize(
    "source",
    [
        "(async () => { for (;;) await 0 })()",
        "const f = () => { Promise.resolve().then(f) }; f(); new Promise(() => {})",
        "const f = () => { setTimeout(f, 0); setTimeout(f, 0) }; f(); new Promise(() => {})",
        "for (;;) (async () => { for (;;); })()",
    ],
)
def test_what_a_stopped_call_has_left_does_not_go_on(source: str, limits: Limits) -> None:
    """Neither in the time of the next call nor when the runtime is closed."""
    with Runtime(limits=limits) as runtime:
        with pytest.raises(JsDeadlineExceeded):
            runtime.evaluate(source, timeout=0.2)
        assert runtime.evaluate("1 + 1", timeout=20) == 2
        runtime.wait_idle(timeout=20)


def test_a_deadline_from_a_thread(runtime: Runtime) -> None:
    """Of a loop, and of a promise that nobody settles."""
    for source in ("while (true) {}", "new Promise(() => {})"):
        with pytest.raises(JsDeadlineExceeded):
            runtime.evaluate(source, timeout=0.1)


def test_a_deadline_of_a_call_inside_a_call_ends_that_one(runtime: Runtime) -> None:
    """The outer script may catch it and go on."""
    endless = runtime.evaluate("() => { while (true) {} }")
    runtime.define("limited", lambda: runtime.call(endless, timeout=0.05))

    assert runtime.evaluate("try { limited() } catch (e) { e.code }", timeout=5) == "JS_DEADLINE_EXCEEDED"


def test_the_default_deadline_is_a_limit() -> None:
    """Each call has it that names none; a timer has it from when it fires."""
    with Runtime(limits=Limits(timeout=0.1)) as runtime:
        with pytest.raises(JsDeadlineExceeded):
            runtime.evaluate("while (true) {}")
        runtime.evaluate("setTimeout(() => { while (true) {} }, 1)")
        runtime.wait_idle(timeout=5)
        assert [type(error) for error in runtime.unhandled_rejections()] == [JsDeadlineExceeded]


def test_endless_recursion_is_an_error(runtime: Runtime) -> None:
    """And the runtime goes on."""
    with pytest.raises(JsError, match=r"stack"):
        runtime.evaluate("const f = () => 1 + f(); f()")

    assert runtime.evaluate("1 + 1") == 2


async def test_many_random_cancels_leave_a_working_runtime(runtime: Runtime) -> None:
    """At any point of a call through three layers."""

    async def inner(x: Any) -> Any:
        await asyncio.sleep(0.001)
        return await echo.call_async(x)

    echo = await runtime.evaluate_async("(x) => x")
    run = await runtime.evaluate_async("(f) => (x) => f(x)")
    run = await run.call_async(HostFunction(inner, blocking=True))
    for n in range(200):
        task = asyncio.create_task(run.call_async(n))
        await asyncio.sleep(n % 17 * 0.0002)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    assert await run.call_async("end") == "end"
    assert runtime._core.open_calls == set()
