"""Calls in both directions, from threads and event loops, and the end of a runtime."""

from __future__ import annotations

import asyncio
import gc
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from geppetto_js import (
    HostFunction,
    JsDeadlineExceeded,
    JsError,
    JsPromise,
    JsRuntimeClosed,
    JsUsageError,
    Runtime,
    engine_report,
)


def _js_threads() -> int:
    return sum(thread.name == "geppetto-js" for thread in threading.enumerate())


def _rss() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_the_engine_is_told(runtime: Runtime) -> None:
    """By name, version and what it can do."""
    report = engine_report()

    assert report.name in {"quickjs-bindings", "quickjs-ng"}
    assert report.version[0].isdigit()
    assert runtime.engine == report


def test_calls_nest_fifty_deep(runtime: Runtime) -> None:
    """JavaScript, Python, JavaScript, and so on."""

    def down(n: int) -> Any:
        return n if n == 0 else step.call(n - 1)

    runtime.define("down", down)
    step = runtime.evaluate("(n) => down(n) + 1")

    assert step.call(50) == 51


async def test_blocking_calls_nest_fifty_deep(runtime: Runtime) -> None:
    """Each level goes through the event loop."""

    async def down(n: int) -> Any:
        return n if n == 0 else await step.call_async(n - 1)

    step = await runtime.evaluate_async("((down) => (n) => down(n) + 1)")
    step = await step.call_async(HostFunction(down, blocking=True))

    assert await step.call_async(50) == 51


async def test_too_deep_is_an_error_not_a_crash(runtime: Runtime) -> None:
    """Recursion without an end, through both languages."""
    holder: dict[str, Any] = {}
    step = await runtime.evaluate_async("((down) => { const step = () => down(step); return step })")
    holder["step"] = await step.call_async(lambda f: f.call())

    with pytest.raises((RecursionError, JsError)):
        await holder["step"].call_async()
    assert await runtime.evaluate_async("1") == 1


async def test_a_coroutine_function_is_a_promise_or_blocks(runtime: Runtime) -> None:
    """The script sees either form."""

    async def twice(x: int) -> int:
        await asyncio.sleep(0.001)
        return 2 * x

    use = await runtime.evaluate_async("(f) => f(2) instanceof Promise ? f(2).then((x) => x + 1) : f(2) + 1")

    assert await use.call_async(twice) == 5
    assert await use.call_async(HostFunction(twice, blocking=True)) == 5


async def test_a_global_can_be_set_from_an_event_loop(runtime: Runtime) -> None:
    """As from a thread."""
    await runtime.define_async("double", lambda x: 2 * x)

    assert await runtime.evaluate_async("double(4)") == 8


async def test_promises_can_be_kept_and_awaited(runtime: Runtime) -> None:
    """Also those nested in values."""
    kept = await runtime.evaluate_async("Promise.resolve(7)", settle=False)
    nested = await runtime.evaluate_async("({deep: [Promise.reject(new Error('no'))]})")

    assert isinstance(kept, JsPromise)
    assert await kept == 7
    with pytest.raises(JsError, match="no"):
        await nested["deep"][0]


def test_promises_from_a_thread(runtime: Runtime) -> None:
    """They block it; on the JavaScript thread jobs go on meanwhile."""
    runtime.define("wait", lambda promise: promise.result() + 1)

    assert runtime.evaluate("(async () => 4)()") == 4
    assert runtime.evaluate("Promise.resolve(5)", settle=False).result() == 5
    assert runtime.evaluate("wait((async () => { await null; return 6 })())") == 7


async def test_two_hundred_calls_at_once_finish(runtime: Runtime) -> None:
    """Blocking ones, of 200 different roots."""

    async def pause(x: int) -> int:
        await asyncio.sleep(0)
        return x

    run = await runtime.evaluate_async("(f) => (x) => f(x)")
    run = await run.call_async(HostFunction(pause, blocking=True))

    assert await asyncio.gather(*(run.call_async(n) for n in range(200))) == list(range(200))


async def test_promises_run_side_by_side(runtime: Runtime) -> None:
    """Fifty coroutines of which each waits for all others come to their end."""
    everybody = asyncio.Barrier(50)

    async def pause() -> None:
        await everybody.wait()

    run = await runtime.evaluate_async("(f) => async () => { await f(); return 1 }")
    run = await run.call_async(pause)

    assert sum(await asyncio.gather(*(run.call_async() for _ in range(50)))) == 50


def test_threads_share_a_runtime(runtime: Runtime) -> None:
    """Their calls take turns."""
    add = runtime.evaluate("let n = 0; (() => ++n)")

    with ThreadPoolExecutor(8) as pool:
        seen = list(pool.map(lambda _: add.call(), range(200)))

    assert sorted(seen) == list(range(1, 201))


def test_runtimes_call_each_other_in_a_circle(runtime: Runtime) -> None:
    """Each serves the other one's calls while it waits for it."""
    with Runtime() as other:
        there = runtime.evaluate("(next, n) => n ? next(n - 1) + 'a' : ''")
        back = other.evaluate("(next, n) => n ? next(n - 1) + 'b' : ''")
        to_other = HostFunction(lambda n: back.call(to_runtime, n))
        to_runtime = HostFunction(lambda n: there.call(to_other, n))

        assert there.call(to_other, 20, timeout=10) == "ba" * 10


@pytest.mark.needs_interrupt
@pytest.mark.parametrize("source", ["() => { for (;;); }", "() => new Promise(() => {})"])
@pytest.mark.parametrize(("outer", "inner"), [(0.2, None), (None, 0.2), (0.2, 30)])
def test_a_deadline_holds_across_runtimes(
    runtime: Runtime, source: str, outer: float | None, inner: float | None
) -> None:
    """Whichever of the two ends first; both runtimes go on."""
    with Runtime() as other:
        endless = other.evaluate(source)
        call = runtime.evaluate("(next) => next()")
        begun = time.monotonic()
        with pytest.raises(JsDeadlineExceeded):
            call.call(HostFunction(lambda: endless.call(timeout=inner)), timeout=outer)

        assert time.monotonic() - begun < 5
        assert (runtime.evaluate("1"), other.evaluate("2")) == (1, 2)


async def test_another_root_waits_while_a_frame_stands_still(runtime: Runtime) -> None:
    """The call of 20 ms is not held up by the one of 300 ms that began on top of it."""

    async def pause(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    run = await runtime.evaluate_async("(f) => (x) => f(x)")
    run = await run.call_async(HostFunction(pause, blocking=True))
    start = time.perf_counter()
    short = asyncio.create_task(run.call_async(0.02))
    await asyncio.sleep(0.005)
    long = asyncio.create_task(run.call_async(0.3))
    await short
    taken = time.perf_counter() - start

    assert taken < 0.15
    assert await long == 0.3


async def test_the_same_root_is_let_in(runtime: Runtime) -> None:
    """By its context, and by a name that is given."""

    async def inner() -> Any:
        return await asyncio.create_task(echo.call_async("by context"))

    async def named() -> Any:
        task = contextless.submit(lambda: echo.call("by name", root="run-1"))
        return await asyncio.wrap_future(task)

    echo = await runtime.evaluate_async("(x) => x")
    run = await runtime.evaluate_async("(f) => f()")

    with ThreadPoolExecutor(1) as contextless:
        assert await run.call_async(HostFunction(inner, blocking=True), timeout=5) == "by context"
        assert await run.call_async(HostFunction(named, blocking=True), root="run-1", timeout=5) == "by name"


async def test_promises_of_other_roots_are_settled_meanwhile(runtime: Runtime) -> None:
    """A frame may wait for something that another root has under way."""

    async def pause() -> str:
        await asyncio.sleep(0.02)
        return "ready"

    async def wait() -> Any:
        return await shared

    shared = await runtime.evaluate_async("(f) => f()")
    shared = await runtime.call_async(shared, pause, settle=False)
    run = await runtime.evaluate_async("(f) => f()")

    assert await run.call_async(HostFunction(wait, blocking=True), timeout=5) == "ready"


async def test_the_blocking_face_refuses_an_event_loop(runtime: Runtime) -> None:
    """With the name of the method to await."""
    function = await runtime.evaluate_async("() => 1")

    for use in (lambda: runtime.evaluate("1"), function.call, lambda: runtime.define("x", 1)):
        with pytest.raises(JsUsageError) as caught:
            use()
        assert caught.value.code == "JS_BLOCKS_LOOP"


def test_a_coroutine_function_without_a_loop_is_refused(runtime: Runtime) -> None:
    """From a thread, unless the runtime was given a loop."""

    async def work() -> int:
        return 3

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    run = runtime.evaluate("(f) => f()")
    with pytest.raises(JsUsageError) as caught:
        run.call(work)
    with Runtime(loop=loop) as other:
        result = other.evaluate("(f) => f()").call(HostFunction(work, blocking=True))
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()

    assert caught.value.code == "JS_NO_LOOP"
    assert result == 3


def test_a_closed_runtime_says_so() -> None:
    """Every way in; closing again does nothing."""
    runtime = Runtime()
    function = runtime.evaluate("() => 1")
    runtime.close()
    runtime.close()

    for use in (function.call, lambda: runtime.evaluate("1"), runtime.wait_idle):
        with pytest.raises(JsRuntimeClosed) as caught:
            use()
        assert caught.value.code == "JS_RUNTIME_CLOSED"
    assert runtime.closed


@pytest.mark.needs_interrupt
async def test_closing_ends_what_runs_and_what_waits() -> None:
    """A loop, a coroutine that a frame stands still for, a queued call, a promise."""
    for source in ("(f) => { while (true) {} }", "(f) => f()", "(f) => new Promise(() => {})"):
        runtime = Runtime()
        cancelled = asyncio.Event()

        async def forever(cancelled: asyncio.Event = cancelled) -> None:
            try:
                await asyncio.sleep(100)
            finally:
                cancelled.set()

        run = await runtime.evaluate_async(source)
        tasks = [
            asyncio.create_task(runtime.call_async(run, HostFunction(forever, blocking=True), root=n))
            for n in (1, 2)
        ]
        await asyncio.sleep(0.03)
        await runtime.aclose()
        results = await asyncio.gather(*tasks, return_exceptions=True)

        assert [type(result) for result in results] == [JsRuntimeClosed, JsRuntimeClosed]
        if source == "(f) => f()":
            async with asyncio.timeout(2):
                await cancelled.wait()


def test_a_thousand_runtimes_leave_nothing() -> None:
    """No thread, and less than 20 MB."""
    for _ in range(20):
        Runtime().close()
    gc.collect()
    before, others = _rss(), set(threading.enumerate())  # tests before this one may still end some

    for _ in range(1000):
        with Runtime() as runtime:
            runtime.define("f", lambda: 1)
            assert runtime.evaluate("f()") == 1

    gc.collect()
    assert [thread.name for thread in threading.enumerate() if thread not in others] == []
    assert _rss() - before < 20 * 1024 * 1024


def test_a_forgotten_runtime_ends_its_thread() -> None:
    """When it is collected, as nothing but Python refers to it."""
    before = _js_threads()
    runtime = Runtime()
    runtime.evaluate("globalThis.f = () => 1")
    del runtime
    gc.collect()

    end = time.monotonic() + 5
    while _js_threads() > before and time.monotonic() < end:
        time.sleep(0.01)
    assert _js_threads() == before


@pytest.mark.parametrize(
    "source",
    [
        "1",
        "setTimeout(() => {}, 1e6)",
        "(f) => 1",
        "Promise.resolve().then(() => { while (true) {} })",
        "new Promise(() => {})",
    ],
)
def test_a_process_ends_although_a_runtime_was_not_closed(source: str) -> None:
    """Cleanly, whatever the runtime is at; who waits may still hear that it was closed."""
    script = (
        "import threading, time; from geppetto_js import JsRuntimeClosed, Runtime; runtime = Runtime()\n"
        f"def use():\n    try:\n        runtime.evaluate({source!r})\n    except JsRuntimeClosed:\n        pass\n"
        "threading.Thread(target=use, daemon=True).start(); time.sleep(0.1)"
    )

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=30, check=False
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.needs_fork
def test_a_forked_child_is_told() -> None:
    """Threads do not survive a fork."""
    script = (
        "import os; from geppetto_js import JsRuntimeClosed, Runtime; runtime = Runtime()\n"
        "child = os.fork()\n"
        "if child:\n    os._exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
        "try:\n    runtime.evaluate('1')\nexcept JsRuntimeClosed:\n    os._exit(7)\nos._exit(1)"
    )

    assert (
        subprocess.run([sys.executable, "-W", "ignore", "-c", script], timeout=30, check=False).returncode
        == 7
    )


def test_handles_are_let_go(runtime: Runtime) -> None:
    """Objects that only a dropped handle held are freed."""
    make = runtime.evaluate("() => { const big = new Array(10000).fill(1); return () => big }")
    for _ in range(10):
        make.call()
    gc.collect()
    runtime.evaluate("1")
    before = runtime.heap_bytes()

    for _ in range(300):
        make.call()
    gc.collect()
    runtime.evaluate("1")

    assert runtime.heap_bytes() - before < 1_000_000
