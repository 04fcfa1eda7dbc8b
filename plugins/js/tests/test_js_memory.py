"""What ends a script that uses up its memory: an error, wherever memory ends, and never the process."""

from __future__ import annotations

import contextlib
import subprocess
import sys

import pytest
from geppetto_js import JsError, JsValueUnsupported, Limits, Runtime, engine_report

pytestmark = pytest.mark.needs_interrupt

_MIB = 1024 * 1024
#: scripts that crash quickjs-bindings by themselves where memory ends: at one limit in three, or one in a hundred
_CRASHERS = {
    "errors": "const a = []; for (;;) { try { null.x } catch (e) { a.push(e) } }",
    "caught": "const a = []; for (;;) { try { a.push(new Array(300).fill({})) } catch (e) { a.push(e) } }",
    "recursion": """const a = []; const f = (n) => { try { a.push({n, g: () => n}); return f(n + 1) }
        catch (e) { a.push(String(e), e && e.stack); return n } }; for (;;) f(0);""",
    "rest": "const a = []; for (;;) { const [x, ...y] = Array(100).fill(1); a.push(y) }",
    "bound functions": "let f = () => 1; const a = []; for (;;) { f = f.bind(null, 1, 2); a.push(f) }",
    "both": """const a = []; let f = () => 1;
        for (;;) { a.push(new Array(1000).fill(1)); for (let j = 0; j < 9; j++) a.push(f = f.bind(null, 1)) }""",
}
_SCAN = """
import sys
from geppetto_js import JsError, Limits, Runtime
for step in range(25):
    with Runtime(limits=Limits(memory=2**20 + step * 1000)) as runtime:
        try:
            runtime.evaluate(sys.argv[1])
        except JsError as error:
            assert error.code == "JS_OUT_OF_MEMORY", error
        else:
            raise AssertionError("not stopped")
        assert runtime.evaluate("1 + 1") == 2
"""


@pytest.fixture
def small() -> Runtime:
    """Give a runtime of 16 MiB."""
    return Runtime(limits=Limits(memory=16 * _MIB))


@pytest.mark.needs_guard
@pytest.mark.parametrize("source", _CRASHERS.values(), ids=_CRASHERS)
def test_no_limit_is_one_at_which_the_process_ends(source: str) -> None:
    """Twenty-five limits, each a little wider; in a process, which would be gone otherwise."""
    done = subprocess.run([sys.executable, "-c", _SCAN, source], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "source",
    [
        "const all = []; while (true) all.push(new Array(1000).fill(all.length))",
        "const all = []; while (true) all.push(new Array(100000).fill('x'))",
        "const all = {}; for (let i = 0; ; i++) all['k' + i] = {}",
        "let all = []; while (true) all = [...all, ...all, {}]",
        "let v = {a: [1, 2, 3]}; while (true) v = {v: JSON.parse(JSON.stringify(v)), w: v}",
        "const all = []; for (let i = 0; ; i++) all.push(new Function('return ' + i + ';'.repeat(50)))",
        "new Uint8Array(2 ** 30)",
        "'x'.repeat(2 ** 29)",
    ],
)
def test_a_memory_bomb_is_an_error(small: Runtime, source: str) -> None:
    """And the runtime goes on."""
    with small as runtime:
        with pytest.raises(JsError) as caught:
            runtime.evaluate(f"(() => {{ {source} }})()")
        assert runtime.evaluate("1 + 1") == 2

    assert caught.value.code == "JS_OUT_OF_MEMORY"
    assert "--memory" in caught.value.next_step


def test_a_memory_bomb_is_told_where(small: Runtime) -> None:
    """With the line of the script that filled the memory."""
    with small as runtime, pytest.raises(JsError) as caught:
        runtime.evaluate(
            "const keep = [];\nfunction fill() {\n  for (;;) keep.push({});\n}\nfill();", "fill.js"
        )

    assert caught.value.js_stack.splitlines()[0].startswith("    at fill (fill.js:")


def test_a_string_that_grows_past_what_the_engine_can_hold_is_an_error(small: Runtime) -> None:
    """It is a rope, and takes little memory until it is too long."""
    with small as runtime, pytest.raises(JsError, match=r"string too long|out of memory"):
        runtime.evaluate("(() => { let s = 'x'; while (true) s += s })()")


@pytest.mark.parametrize(
    "source",
    [
        "(async () => { await null; const all = []; for (;;) all.push({}) })()",
        "Promise.resolve().then(() => { const all = []; for (;;) all.push([]) })",
        "(async () => { 'x'.repeat(2 ** 29) })()",
        "new Promise((_, reject) => { try { 'x'.repeat(2 ** 29) } catch (e) { reject(e) } })",
        "try { 'x'.repeat(2 ** 29) } catch (e) { throw e }",
    ],
)
def test_memory_ends_in_promises_and_catches_as_everywhere(small: Runtime, source: str) -> None:
    """The same error comes out."""
    with small as runtime, pytest.raises(JsError) as caught:
        runtime.evaluate(source)

    assert caught.value.code == "JS_OUT_OF_MEMORY"


@pytest.mark.needs_guard
def test_what_a_script_catches_of_it_is_no_error(small: Runtime) -> None:
    """As a rule it catches nothing; where it has thrown something itself just before, a value that cannot leave."""
    large = "try { 'x'.repeat(2 ** 29) } catch (e) { return typeof e + ' ' + (e instanceof Error) }"
    with small as runtime:
        with pytest.raises(JsError) as caught:
            runtime.evaluate(f"(() => {{ {large} }})()")
        kind = runtime.evaluate(f"(() => {{ try {{ null.x }} catch {{}} {large} }})()")
        with pytest.raises(JsValueUnsupported, match="when memory is out"):
            runtime.evaluate(
                f"(() => {{ try {{ null.x }} catch {{}} {large.partition('return')[0]} return e }} }})()"
            )

    assert (caught.value.code, kind) == ("JS_OUT_OF_MEMORY", "unknown false")


@pytest.mark.needs_guard
def test_a_bomb_that_catches_is_stopped_all_the_same(small: Runtime) -> None:
    """As at a deadline, no `catch` outlives it."""
    with small as runtime, pytest.raises(JsError) as caught:
        runtime.evaluate("const all = []; for (;;) { try { for (;;) all.push({}) } catch { all.push([]) } }")

    assert caught.value.code == "JS_OUT_OF_MEMORY"


def test_garbage_does_not_count(small: Runtime) -> None:
    """Not even cycles, of many times the limit."""
    with small as runtime:
        # the engine itself would not collect again before it holds half as much more
        runtime.evaluate("globalThis.kept = []; for (let i = 0; i < 500000; i++) kept.push(1)")
        made = runtime.evaluate("let n = 0; for (; n < 500000; n++) { const o = {}; o.self = o } n")

    assert made == 500000


@pytest.mark.needs_guard
def test_one_bomb_after_the_other_in_one_runtime_ends_no_process() -> None:
    """Also those that make promises without end, and what is parsed between them."""
    source = """
import sys
from geppetto_js import JsError, Limits, Runtime
bombs = ["globalThis.keep = []; for (;;) keep.push({x: 1})", "for (;;) sleep(1e8)"]
small = "{ let q = []; for (let i = 0; i < 1000; i++) q.push({i}); q.length }"
for mib in range(1, 9):
    with Runtime(limits=Limits(memory=mib * 2**20)) as runtime:
        for script in [*bombs, small, small, *bombs[::-1], small]:
            try:
                runtime.evaluate(script, timeout=10)
            except JsError as error:
                assert error.code == "JS_OUT_OF_MEMORY", error
"""
    done = subprocess.run(
        [sys.executable, "-c", source], capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stderr


@pytest.mark.needs_guard
def test_what_waits_in_the_queue_of_promises_is_let_go(small: Runtime) -> None:
    """A hundred thousand generators that wait hold all memory; each call lets some of them go on."""
    with small as runtime:
        with pytest.raises(JsError):
            runtime.evaluate("async function* g() { yield 1 } (() => { for (;;) g().next() })()")
        for _ in range(100):
            with contextlib.suppress(JsError):
                assert runtime.evaluate("1 + 1") == 2
                break
        else:
            pytest.fail("never again")


@pytest.mark.needs_guard
def test_a_heap_that_stays_nearly_full_ends_the_script(small: Runtime) -> None:
    """It would be collected again and again for the little that is garbage, and run a hundred times slower."""
    with small as runtime:
        fill = runtime.evaluate("const kept = []; (n) => { for (let i = 0; i < n; i++) kept.push({i}) }")
        while runtime.heap_bytes() < 0.95 * 16 * _MIB:
            fill.call(1000)
        with pytest.raises(JsError) as caught:
            runtime.evaluate("for (let n = 0; n < 500000; n++) { const o = {}; o.self = o } 0")

    assert caught.value.code == "JS_OUT_OF_MEMORY"


def test_null_can_be_thrown(small: Runtime) -> None:
    """It is no lack of memory where the engine tells one from the other."""
    with small as runtime, pytest.raises(JsError) as caught:
        runtime.evaluate("throw null")

    guarded = engine_report().capabilities.memory_guard
    assert caught.value.code == ("JS_ERROR" if guarded else "JS_OUT_OF_MEMORY")


@pytest.mark.parametrize("left", [1, 10, 100, 1000])
def test_a_script_that_keeps_all_memory_harms_itself_alone(left: int) -> None:
    """However little is left, its runtime answers, if only with errors, and closes."""
    runtime = Runtime(limits=Limits(memory=16 * 1024 * 1024))
    run = runtime.evaluate("(f) => f()")
    shrink = runtime.evaluate("(n) => { all.length = n > 0 ? all.length - n : 0 }")
    with pytest.raises(JsError):
        runtime.evaluate("globalThis.all = []; while (true) all.push({a: all.length, s: 'x' + all.length})")
    with pytest.raises(JsError):
        runtime.evaluate("while (true) all.push([])")
    with contextlib.suppress(JsError):
        shrink.call(left)

    for _ in range(20):
        try:
            run.call(lambda: {"k": [1, 2, {"x": lambda: 1}]})
            runtime.evaluate("Promise.reject(new Error('x'))")
        except JsError:
            pass
    if left >= 100:
        shrink.call(0)
        assert runtime.evaluate("1 + 1") == 2
    runtime.close()
    assert not runtime._thread.is_alive()
