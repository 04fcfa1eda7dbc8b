"""Errors across the border keep who they are."""

from __future__ import annotations

import gc
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from geppetto.errors import ToolError
from geppetto_js import HostFunction, JsError, Runtime, engine_report


class Boom(Exception):
    """An error that only Python knows."""


def _raise(error: BaseException) -> Callable[[], Any]:
    def fail() -> None:
        raise error

    return fail


def test_an_exception_comes_back_as_itself_with_the_javascript_stack(runtime: Runtime) -> None:
    """Through two frames, from a call and from a script."""
    boom = Boom("x")
    runtime.define("boom", _raise(boom))
    runtime.evaluate("function inner() {\n  return boom()\n}", "inner.js")
    outer = runtime.evaluate("(function outer() {\n  return inner()\n})", "outer.js")

    for run in (outer.call, lambda: runtime.evaluate("inner()", "main.js")):
        with pytest.raises(Boom) as caught:
            run()
        assert caught.value is boom
    note = boom.__notes__[0]
    assert "inner" in note
    assert "outer" in note
    assert "geppetto:" not in note
    if engine_report().capabilities.modules:
        assert "(inner.js:2:" in note


def test_the_same_through_promises(runtime: Runtime) -> None:
    """Rejections keep the exception too."""
    boom = Boom("later")
    runtime.define("boom", _raise(boom))

    with pytest.raises(Boom) as caught:
        runtime.evaluate("(async () => { await null; boom() })()")

    assert caught.value is boom


def test_a_python_error_is_a_real_error_in_javascript(runtime: Runtime) -> None:
    """With name, message and what ours have."""
    error = ToolError(
        "too slow", code="TOOL_TIMEOUT", subject="lookup", details={"seconds": 3}, next_step="wait"
    )
    runtime.define("fail", _raise(error))
    runtime.define("wrong", _raise(TypeError("no text")))

    seen = runtime.evaluate(
        "try { fail() } catch (e) { ({is: e instanceof Error, name: e.name, message: e.message, code: e.code,"
        " subject: e.subject, details: e.details, next: e.nextStep, text: String(e)}) }"
    )

    assert seen == {
        "is": True,
        "name": "ToolError",
        "message": "too slow",
        "code": "TOOL_TIMEOUT",
        "subject": "lookup",
        "details": {"seconds": 3},
        "next": "wait",
        "text": "ToolError: too slow",
    }
    assert runtime.evaluate("try { wrong() } catch (e) { e instanceof TypeError }") is True


def test_a_javascript_error_tells_all_it_knows(runtime: Runtime) -> None:
    """Name, message, stack, code."""
    with pytest.raises(JsError) as caught:
        runtime.evaluate("const e = new RangeError('too far');\ne.code = 'E_FAR';\nthrow e", "far.js")

    error = caught.value
    assert (error.code, error.name, error.js_message, error.js_code) == (
        "JS_ERROR",
        "RangeError",
        "too far",
        "E_FAR",
    )
    assert str(error) == "RangeError: too far"
    assert error.js_stack
    assert "JavaScript stack" in error.__notes__[0]
    if engine_report().capabilities.modules:
        assert "far.js:1:25" in error.js_stack


def test_a_javascript_error_that_python_lets_through_keeps_its_name(runtime: Runtime) -> None:
    """JavaScript, Python, JavaScript."""
    fail = runtime.evaluate("() => { const e = new RangeError('r'); e.code = 5; throw e }")
    runtime.define("again", fail.call)

    assert runtime.evaluate("try { again() } catch (e) { [e.name, e.message, e.code] }") == [
        "RangeError",
        "r",
        5,
    ]


@pytest.mark.parametrize(
    ("thrown", "message", "value"),
    [("'text'", "text", "text"), ("null", "null", None), ("42", "42", 42), ("({a: 1})", '{"a":1}', {"a": 1})],
)
def test_anything_can_be_thrown(runtime: Runtime, thrown: str, message: str, value: Any) -> None:
    """What is no error arrives as the value of one."""
    fail = runtime.evaluate(f"() => {{ throw {thrown} }}")

    with pytest.raises(JsError) as caught:
        fail.call()

    assert (caught.value.js_message, caught.value.value, caught.value.name) == (message, value, "")


@pytest.mark.parametrize(
    ("thrown", "message", "code"),
    [
        ("({code: 'X', message: 'm'})", '{"code":"X","message":"m"}', "X"),
        ("new (class { b = [1] })", '{"b":[1]}', None),
        ("[1, 2]", "1,2", None),
        ("'[object Object]'", "[object Object]", None),
    ],
)
def test_what_leaves_a_script_is_told_as_what_leaves_a_function(
    runtime: Runtime, thrown: str, message: str, code: str | None
) -> None:
    """Engines tell of it by its text alone, and objects have none of their own."""
    with pytest.raises(JsError) as caught:
        runtime.evaluate(f"throw {thrown}")

    assert (caught.value.js_message, caught.value.js_code, caught.value.name) == (message, code, "")


def test_objects_tell_their_class_as_ever(runtime: Runtime) -> None:
    """Libraries ask so what a value is."""
    tag = "Object.prototype.toString"

    assert runtime.evaluate(f"[[], null, undefined, 1, new Date(0)].map((x) => {tag}.call(x))") == [
        "[object Array]",
        "[object Null]",
        "[object Undefined]",
        "[object Number]",
        "[object Date]",
    ]
    assert runtime.evaluate(f"[{tag}.name, {tag}.length, Object.keys(Object.prototype), String({{}})]") == [
        "toString",
        0,
        [],
        "[object Object]",
    ]


def test_errors_that_fight_back_are_still_errors(runtime: Runtime) -> None:
    """Getters that throw, names that are no text."""
    for source in (
        "() => { const e = new Error('m'); Object.defineProperty(e, 'message', {get() { throw 1 }}); throw e }",
        "() => { const e = new Error('m'); e.name = Symbol(); e.code = () => 1; e.stack = null; throw e }",
        "() => { throw new Proxy({}, {ownKeys() { throw 2 }}) }",
    ):
        with pytest.raises(JsError):
            runtime.evaluate(source).call()


def test_an_error_that_was_only_printed_is_not_taken_for_the_one_thrown(runtime: Runtime) -> None:
    """Engines tell of what leaves a script by its text."""
    with pytest.raises(JsError) as caught:
        runtime.evaluate("try { null.x } catch (e) { String(e) } throw 'other'")

    assert (caught.value.name, caught.value.js_message) == ("", "other")


def test_syntax_errors_say_where(runtime: Runtime) -> None:
    """As other errors do."""
    with pytest.raises(JsError) as caught:
        runtime.evaluate("let = ;", "bad.js")

    assert caught.value.name == "SyntaxError"


def test_what_no_catch_may_swallow_is_not_swallowed(runtime: Runtime) -> None:
    """An exit passes through scripts that catch everything."""
    runtime.define("leave", _raise(SystemExit(3)))

    with pytest.raises(SystemExit) as caught:
        runtime.evaluate("try { leave() } catch { 'kept' }")

    assert caught.value.code == 3
    assert runtime.evaluate("'alive'") == "alive"


def test_errors_leave_nothing_behind(runtime: Runtime) -> None:
    """A hundred thousand of them; the table is empty and the heap as it was."""
    runtime.define("boom", _raise(Boom("x")))
    runtime.evaluate("const many = (n) => { for (let i = 0; i < n; i++) try { boom() } catch {} }")
    many = runtime.evaluate("many")
    many.call(1000)
    before = runtime.heap_bytes()

    many.call(100_000)

    gc.collect()
    assert runtime.heap_bytes() - before < 100_000
    assert len(runtime._core.border.failures) == 0


def test_errors_can_be_pickled(runtime: Runtime) -> None:
    """As all errors of ours."""
    with pytest.raises(JsError) as caught:
        runtime.evaluate("throw new TypeError('x')")

    again = pickle.loads(pickle.dumps(caught.value))

    assert (again.name, again.js_stack, str(again)) == ("TypeError", caught.value.js_stack, "TypeError: x")


async def test_a_rejected_coroutine_is_caught_or_arrives(runtime: Runtime) -> None:
    """Both forms of coroutine functions."""
    boom = Boom("async")

    async def fail() -> None:
        raise boom

    run = await runtime.evaluate_async("(f) => (async () => { await f() })()")
    for function in (HostFunction(fail), HostFunction(fail, blocking=True)):
        with pytest.raises(Boom) as caught:
            await runtime.call_async(run, function)
        assert caught.value is boom
    caught_inside = await runtime.evaluate_async(
        "async (f) => { try { await f() } catch (e) { return e.name } }"
    )
    assert await caught_inside.call_async(fail) == "Boom"


@pytest.mark.parametrize("form", ["plain", "blocking", "promise"])
@pytest.mark.parametrize("caught", ["return await f()", "try { return await f() } catch { return 1 }"])
async def test_errors_in_coroutines_leave_nothing_behind(runtime: Runtime, form: str, caught: str) -> None:
    """An exception with its traceback, the Error that stands for it, and its promise must not hold each other."""

    async def fail_async() -> None:
        raise Boom("x")

    function = {
        "plain": HostFunction(_raise(Boom("x"))),
        "blocking": HostFunction(fail_async, blocking=True),
        "promise": HostFunction(fail_async),
    }[form]
    make = await runtime.evaluate_async(f"(f) => async () => {{ {caught} }}")
    run = await make.call_async(function)

    async def heap() -> int:
        gc.collect()
        await runtime.evaluate_async("1")
        return await runtime.heap_bytes_async()

    async def many(count: int) -> int:
        for _ in range(count):
            try:
                await run.call_async()
            except Boom:
                pass
        return await heap()

    before = await many(200)

    assert await many(600) - before < 100_000
    assert len(runtime._core.border.failures) < 300


@pytest.mark.parametrize(
    ("thrown", "message"),
    [
        ("{toJSON() { throw 5 }}", "[object Object]"),
        ("{get x() { throw 1 }, message: 'told'}", "told"),
        ("Object.assign(new Error('m'), {code: {get x() { throw 2 }}})", "m"),
        ("(() => { const c = {}; c.c = c; return c })()", "[object Object]"),
        (
            "(() => { const r = Proxy.revocable({}, {}); r.revoke(); return r.proxy })()",
            "cannot be described",
        ),
    ],
)
def test_what_cannot_be_described_is_heard_of_all_the_same(
    runtime: Runtime, thrown: str, message: str
) -> None:
    """Whoever waits for a promise must not wait for ever because of what it was rejected with."""
    with pytest.raises(JsError) as caught:
        runtime.evaluate(f"(async () => {{ throw {thrown} }})()", timeout=5)

    assert message in str(caught.value)


def test_a_script_that_changes_how_objects_are_written_changes_no_error(runtime: Runtime) -> None:
    """`toJSON` for all objects is a bad idea of the script's, and its own affair."""
    runtime.evaluate(
        "Object.prototype.toJSON = Array.prototype.toJSON = () => 'x'; (async () => { throw 1 })(); 0"
    )
    runtime.wait_idle(timeout=5)

    assert [str(error) for error in runtime.unhandled_rejections()] == ["1"]
    assert runtime.evaluate("new Map([['a', [1]]])") == {"a": [1]}
    with pytest.raises(JsError, match=r"TypeError: mine"):
        runtime.evaluate("(() => { throw new TypeError('mine') })()")
    assert runtime.evaluate("JSON.stringify([1])") == '"x"'
