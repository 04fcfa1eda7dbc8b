"""The globals: console, timers, cloning, text, assert; and what is not there."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from geppetto_js import HostFunction, JsError, Runtime


@pytest.fixture
def printed() -> list[tuple[str, str]]:
    """What the console was given."""
    return []


@pytest.fixture
def talking(printed: list[tuple[str, str]]) -> Iterator[Runtime]:
    """Give a runtime whose console is kept."""
    with Runtime(console=lambda level, text: printed.append((level, text)), env={"HOME": "/x"}) as made:
        yield made


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ("'a', 1, true, null, undefined", "a 1 true null undefined"),
        ("{a: 'x', b: [1, {c: 2n}]}", '{ a: "x", b: [ 1, { c: 2n } ] }'),
        ("[]", "[]"),
        ("{}", "{}"),
        ("{'a-b': 1}", '{ "a-b": 1 }'),
        ("new Map([['k', 1]]), new Set([1])", 'Map(1) { "k" => 1 } Set(1) { 1 }'),
        ("new Date(0), /x/g, Symbol('s')", "1970-01-01T00:00:00.000Z /x/g Symbol(s)"),
        ("function f() {}, class A {}", "[Function: f] [class: A]"),
        ("new (class A { constructor() { this.x = 1 } })()", "A { x: 1 }"),
        ("'%s is %d and %j%%', 'x', 4, {a: 1}, 'more'", 'x is 4 and {"a":1}% more'),
        ("-0, NaN", "-0 NaN"),
        ("new Uint8Array([1, 2])", "Uint8Array [ 1, 2 ]"),
        ("Object.create(null)", "[Object: null prototype] {}"),
        ("(() => { const c = {}; c.c = c; return c })()", "{ c: [Circular] }"),
        ("{a: {b: {c: {d: {e: {f: 1}}}}}}", "{ a: { b: { c: { d: { e: [Object] } } } } }"),
    ],
)
def test_the_console_shows_values_as_people_read_them(
    talking: Runtime, printed: list[tuple[str, str]], arguments: str, text: str
) -> None:
    """As Node does, more or less."""
    talking.evaluate(f"console.log({arguments})")

    assert printed == [("log", text)]


def test_the_console_has_levels_and_shows_errors(talking: Runtime, printed: list[tuple[str, str]]) -> None:
    """With their stack."""
    talking.evaluate("for (const l of ['debug', 'info', 'warn', 'error']) console[l](l)")
    talking.evaluate("console.error(new TypeError('bad'))", "here.js")

    assert [level for level, _ in printed] == ["debug", "info", "warn", "error", "error"]
    assert printed[-1][1].startswith("TypeError: bad\n    at ")


def test_large_values_are_laid_out_and_cut(talking: Runtime, printed: list[tuple[str, str]]) -> None:
    """A line each, a hundred at most."""
    talking.evaluate("console.log(Array.from({length: 200}, (_, i) => i))")

    assert printed[0][1].startswith("[\n  0,\n  1,")
    assert "... 100 more" in printed[0][1]


def test_without_a_sink_the_console_logs(runtime: Runtime, caplog: pytest.LogCaptureFixture) -> None:
    """To Python's logging."""
    with caplog.at_level(logging.DEBUG, "geppetto_js.console"):
        runtime.evaluate("console.warn('careful')")

    assert [(record.levelname, record.message) for record in caplog.records] == [("WARNING", "careful")]


def test_timers_fire_in_order(talking: Runtime, printed: list[tuple[str, str]]) -> None:
    """Also when they were set in another; cleared ones never do."""
    talking.evaluate(
        "setTimeout((a, b) => console.log(a + b), 30, 2, 3);"
        "setTimeout(() => { console.log('first'); setTimeout(() => console.log('second'), 1) }, 1);"
        "clearTimeout(setTimeout(() => console.log('never'), 5));"
        "let n = 0; const i = setInterval(() => { console.log('tick'); if (++n === 2) clearInterval(i) }, 5)"
    )
    talking.wait_idle(timeout=5)

    texts = [text for _, text in printed]
    assert sorted(texts) == ["5", "first", "second", "tick", "tick"]
    assert texts[0] == "first"
    assert texts[-1] == "5"


async def test_sleep_is_a_promise(runtime: Runtime) -> None:
    """It lets other calls run."""
    slept = asyncio.create_task(
        runtime.evaluate_async("(async () => { await sleep(500); return 'awake' })()")
    )
    await asyncio.sleep(0.01)

    assert await runtime.evaluate_async("1") == 1
    assert not slept.done()
    assert await slept == "awake"


async def test_timers_of_the_same_root_fire_in_a_frame_that_stands_still(runtime: Runtime) -> None:
    """Those of others wait."""

    async def wait(promise: Any) -> Any:
        return await promise

    run = await runtime.evaluate_async("(wait) => wait((async () => { await sleep(5); return 'slept' })())")

    assert await run.call_async(HostFunction(wait, blocking=True), timeout=5) == "slept"


def test_microtasks_run_before_timers(talking: Runtime, printed: list[tuple[str, str]]) -> None:
    """And after the script."""
    talking.evaluate(
        "setTimeout(() => console.log(3), 0); queueMicrotask(() => console.log(2)); console.log(1)"
    )
    talking.wait_idle(timeout=5)

    assert [text for _, text in printed] == ["1", "2", "3"]


def test_structured_clone_copies(runtime: Runtime) -> None:
    """Cycles and special objects; functions are refused."""
    assert runtime.evaluate(
        "const a = {d: new Date(5), m: new Map([[1, new Set([2])]]), b: new Uint8Array([7]), n: [1]}; a.self = a;"
        "const c = structuredClone(a);"
        "[c !== a, c.self === c, +c.d, [...c.m.get(1)][0], c.b[0], c.n !== a.n, c.m instanceof Map,"
        " structuredClone(new RangeError('r')) instanceof RangeError]"
    ) == [True, True, 5, 2, 7, True, True, True]
    with pytest.raises(JsError) as caught:
        runtime.evaluate("structuredClone({f() {}})")
    assert caught.value.name == "DataCloneError"


def test_text_is_encoded_and_decoded(runtime: Runtime) -> None:
    """As UTF-8, with replacement characters unless it must be right."""
    assert runtime.evaluate("new TextEncoder().encode('h\\u00e9\\u{1f600}')") == "hé\U0001f600".encode()
    assert runtime.evaluate("new TextEncoder().encode('\\ud800')") == "\ufffd".encode()
    assert runtime.evaluate("new TextDecoder().decode(new Uint8Array([104, 195, 169, 255]))") == "hé\ufffd"
    with pytest.raises(JsError) as caught:
        runtime.evaluate("new TextDecoder('utf-8', {fatal: true}).decode(new Uint8Array([255]))")
    assert caught.value.name == "TypeError"


@pytest.mark.parametrize(
    ("text", "room", "expected"),
    [
        ("h\u00e9", 2, (1, b"h\0")),
        ("a\U0001f600b", 5, (3, "a\U0001f600".encode())),
        ("a\U0001f600b", 7, (4, "a\U0001f600b\0".encode())),
        ("\U0001f600", 2, (0, b"\0\0")),
        ("\ufeffx", 9, (2, "\ufeffx".encode() + b"\0" * 5)),
    ],
)
def test_text_is_encoded_into_what_there_is(
    runtime: Runtime, text: str, room: int, expected: tuple[int, bytes]
) -> None:
    """Whole characters only; what was read is counted as texts count."""
    source = "(text, room) => { const b = new Uint8Array(room); return [new TextEncoder().encodeInto(text, b), b] }"
    said, data = runtime.call(runtime.evaluate(source), text, room)

    assert (said["read"], data) == expected
    assert said["written"] == len(data.rstrip(b"\0"))


def test_text_is_encoded_into_bytes_alone(runtime: Runtime) -> None:
    """The error names the method."""
    with pytest.raises(JsError, match="encodeInto fills a Uint8Array"):
        runtime.evaluate("new TextEncoder().encodeInto('x', [])")


@pytest.mark.parametrize(
    "check",
    [
        "assert(1)",
        "assert.equal(1, 1)",
        "assert.deepEqual({a: [1, new Map([[1, 2]])]}, {a: [1, new Map([[1, 2]])]})",
        "assert.deepEqual(new Map([[1, {a: 1}], [{k: 2}, 2]]), new Map([[{k: 2}, 2], [1, {a: 1}]]))",
        "assert.deepEqual(new Set([{a: 1}, {a: 2}, 3]), new Set([3, {a: 2}, {a: 1}]))",
        "assert.notDeepEqual(new Set([{a: 1}, {a: 1}]), new Set([{a: 1}, {a: 2}]))",
        "assert.notDeepEqual(new Uint8Array([1]).buffer, new Uint8Array([2]).buffer)",
        "assert.throws(() => { throw new TypeError('x') }, TypeError)",
        "assert.throws(() => { throw new TypeError('x') }, /x/)",
        "assert.throws(() => { throw new TypeError('x') }, {name: 'TypeError', message: /x/})",
        "assert.rejects(async () => { throw 1 })",
        "assert.notEqual(1, '1')",
        "assert.match('abc', /b/)",
    ],
)
def test_assertions_that_hold(runtime: Runtime, check: str) -> None:
    """Do nothing."""
    runtime.evaluate(check)


@pytest.mark.parametrize(
    ("check", "message"),
    [
        ("assert(0)", "the value is 0"),
        ("assert(0, 'mine')", "mine"),
        ("assert.equal(1, 2)", "1 is not 2"),
        ("assert.equal(1, '1')", '1 is not "1"'),
        ("assert.deepEqual({a: 1}, {a: 2})", '{"a":1} is not like {"a":2}'),
        ("assert.deepEqual([1], {0: 1})", "is not like"),
        ("assert.deepEqual({a: undefined}, {})", '{"a":undefined} is not like {}'),
        ("assert.deepEqual(new Map([['a', 1]]), new Map())", 'Map[["a",1]] is not like Map[]'),
        ("assert.deepEqual([new Set([-0])], [undefined])", "[Set[0]] is not like [undefined]"),
        ("const o = {n: 1n}; o.o = o; assert.deepEqual(o, [-0])", '{"n":1n,"o":[Circular]} is not like [-0]'),
        ("assert.throws(() => 1)", "nothing was thrown"),
        ("assert.throws(() => { throw new Error('x') }, TypeError)", "another error was thrown"),
        ("assert.rejects(async () => 1)", "nothing was rejected"),
        ("assert.fail()", "failed"),
    ],
)
def test_assertions_that_fail(runtime: Runtime, check: str, message: str) -> None:
    """Throw an AssertionError."""
    with pytest.raises(JsError) as caught:
        runtime.evaluate(check)

    assert (caught.value.name, caught.value.js_code) == ("AssertionError", "ERR_ASSERTION")
    assert message in caught.value.js_message


def test_the_environment_is_what_was_granted(talking: Runtime, runtime: Runtime) -> None:
    """Nothing by default."""
    assert talking.evaluate("ENV.HOME") == "/x"
    assert runtime.evaluate("Object.keys(ENV)") == []


@pytest.mark.parametrize(
    "name", ["process", "std", "os", "fetch", "Deno", "scriptArgs", "python", "__geppetto_slot"]
)
def test_the_host_is_out_of_reach(runtime: Runtime, name: str) -> None:
    """No file, process or network."""
    assert runtime.evaluate(f"typeof {name}") == "undefined"


async def test_rejections_that_nobody_hears_of_are_kept(runtime: Runtime) -> None:
    """Of host promises, timers and microtasks; what is caught is not among them."""

    async def fail() -> None:
        raise ValueError("unheard")

    floating = await runtime.evaluate_async("(f) => { f() }")
    handled = await runtime.evaluate_async(
        "(f) => { f().catch(() => {}); (async () => { try { await f() } catch {} })() }"
    )
    await floating.call_async(fail)
    await handled.call_async(fail)
    await runtime.evaluate_async("setTimeout(() => { throw new RangeError('timer') }, 1)")
    await runtime.evaluate_async("setTimeout(async () => { throw new TypeError('async timer') }, 2)")
    await runtime.evaluate_async("queueMicrotask(() => { throw new SyntaxError('microtask') })")
    await runtime.wait_idle_async(timeout=5)

    names = [getattr(error, "name", type(error).__name__) for error in runtime.unhandled_rejections()]
    assert sorted(names) == ["RangeError", "SyntaxError", "TypeError", "ValueError"]
    assert runtime.unhandled_rejections() == []


@pytest.mark.needs_rejections
@pytest.mark.parametrize(
    "source",
    [
        "(async () => { throw new Error('lost') })()",
        "Promise.reject(new Error('lost'))",
        "new Promise((_, reject) => setTimeout(() => reject(new Error('lost')), 2))",
        "setTimeout(() => { Promise.reject(new Error('lost')) })",
        "setTimeout(() => { (async () => { await sleep(1); throw new Error('lost') })() })",
        "Promise.resolve().then(() => { throw new Error('lost') })",
        "Promise.all([sleep(1), Promise.reject(new Error('lost'))])",
        "const late = Promise.reject(new Error('lost')); sleep(5).then(() => late.catch(() => {}))",
        "Map.prototype.set = () => {}; Promise.reject(new Error('lost'))",
    ],
)
def test_a_promise_that_only_the_script_knows_is_not_lost(runtime: Runtime, source: str) -> None:
    """Made in any way, at any time; the error keeps its place in the script."""
    assert runtime.evaluate(f"{source}; 'done'", "lost.js") == "done"
    runtime.wait_idle(timeout=5)

    (error,) = runtime.unhandled_rejections()
    assert isinstance(error, JsError)
    assert error.js_message == "lost"
    assert "lost.js" in error.js_stack or not runtime.engine.capabilities.modules


@pytest.mark.parametrize(
    "source",
    [
        "Promise.reject(new Error('x')).catch(() => {})",
        "const late = Promise.reject(new Error('x')); Promise.resolve().then(() => late.catch(() => {}))",
        "(async () => { try { await Promise.reject(new Error('x')) } catch {} })()",
        "Promise.allSettled([Promise.reject(new Error('x'))])",
        "Promise.race([Promise.resolve(1), Promise.reject(new Error('x'))])",
        "const p = Promise.reject(new Error('x')); stand_still(); p.catch(() => {})",
    ],
)
async def test_a_rejection_that_is_handled_in_time_is_nobodys_concern(runtime: Runtime, source: str) -> None:
    """That is: before the script and the jobs it has begun give the thread back."""

    async def stand_still() -> None:
        await asyncio.sleep(0.01)

    await runtime.define_async("stand_still", HostFunction(stand_still, blocking=True))
    await runtime.evaluate_async(f"{source}; 'done'")
    await runtime.wait_idle_async(timeout=5)

    assert runtime.unhandled_rejections() == []


def test_a_promise_that_python_holds_is_pythons_to_handle(runtime: Runtime) -> None:
    """It may wait for it later."""
    promise = runtime.evaluate("(async () => { throw new Error('held') })()", settle=False)
    runtime.wait_idle(timeout=5)

    assert runtime.unhandled_rejections() == []
    with pytest.raises(JsError, match="held"):
        promise.result()


def test_rejections_that_nobody_asks_for_go_to_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The first ones when a hundred newer are there, the rest when the runtime is closed."""
    with Runtime() as runtime:
        runtime.evaluate("for (let i = 0; i < 102; i++) queueMicrotask(() => { throw new Error(`no ${i}`) })")
        runtime.wait_idle(timeout=5)
        assert [record.getMessage()[-10:] for record in caplog.records] == ["rror: no 0", "rror: no 1"]

    assert len(caplog.records) == 102
    assert {record.name for record in caplog.records} == {"geppetto_js.unhandled"}


def test_an_interval_that_keeps_failing_does_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """The same failure again is told to those alone who look closely."""
    with Runtime() as runtime:
        source = "let n = 0; const id = setInterval(() => { if (++n > 200) clearInterval(id); throw new Error('again') }, 1)"
        runtime.evaluate(source)
        runtime.wait_idle(timeout=30)

    assert [record.levelname for record in caplog.records if record.levelno >= logging.WARNING] == ["WARNING"]


def test_scripts_cannot_break_the_border(runtime: Runtime) -> None:
    """By changing what is built in."""
    runtime.define("echo", lambda x: x)
    runtime.evaluate(
        "Array.isArray = () => true; JSON.parse = JSON.stringify = () => 'x'; Object.keys = () => [];"
        "Object.getPrototypeOf = () => null; Reflect.apply = () => 1; Map.prototype.get = () => 2;"
        "WeakMap.prototype.get = () => 3; Promise.prototype.then = () => 4; Array.prototype.map = () => [];"
        "String.prototype.split = () => []; globalThis.Promise = globalThis.Error = undefined"
    )

    assert runtime.evaluate("echo({a: [1, {b: new Set([1n])}]})") == {"a": [1, {"b": [1]}]}
    assert runtime.evaluate("(async () => 5)()") == 5
    with pytest.raises(JsError, match="still"):
        runtime.evaluate("throw new TypeError('still')")
