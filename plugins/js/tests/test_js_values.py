"""What crosses the border, and what does not."""

from __future__ import annotations

import datetime as dt
import enum
import math
from collections.abc import Callable
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pytest
from geppetto_js import MAX_DEPTH, UNDEFINED, JsFunction, JsUsageError, JsValueUnsupported, Runtime
from geppetto_js.values.plain import MAX_PARTS
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _TEXT
#: the engine's package cuts keys at a NUL on the way to Python (README)
_KEYS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=6
) | st.sampled_from(["__proto__", "$js", "toString", "constructor", "length"])
_VALUES = st.recursive(
    _SCALARS | st.binary(max_size=6),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(_KEYS, parts, max_size=4),
    max_leaves=12,
)
_SETTINGS = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class Colour(enum.Enum):
    """An enum with a plain value."""

    RED = "red"


@dataclass
class Point:
    """A dataclass."""

    x: int
    inner: Any = None


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1.0", 1),
        ("2.5 * 2", 5),
        ("2 ** 53", 2**53),
        ("1e300", 1e300),
        ("0.5", 0.5),
        ("10n ** 40n", 10**40),
        ("({n: -5n})", {"n": -5}),
        ("undefined", None),
        ("null", None),
        ("'\\u{1f600}'", "\U0001f600"),
        ("({a: undefined, b: null})", {"b": None}),
        ("[1, undefined, , 2]", [1, None, None, 2]),
        ("new Date(0)", "1970-01-01T00:00:00.000Z"),
        ("({d: new Date(NaN)})", {"d": None}),
        ("new Map([['a', new Set([1, 2])]])", {"a": [1, 2]}),
        ("new Uint8Array([1, 255]).buffer", b"\x01\xff"),
        ("({b: new Uint8Array([0, 1, 255])})", {"b": b"\x00\x01\xff"}),
        ("new (class A { constructor() { this.x = 1 } get y() { return 2 } })()", {"x": 1}),
        ("({toJSON() { return {j: 1} }})", {"j": 1}),
        ("Object.create(null, {k: {value: 1, enumerable: true}})", {"k": 1}),
        ("({e: new TypeError('m')})", {"e": {"name": "TypeError", "message": "m"}}),
        ("({n: new Number(3), s: new String('x')})", {"n": 3, "s": "x"}),
        ("({'$js': 'bigint', v: 'zz'})", {"$js": "bigint", "v": "zz"}),
        ("({big: {n: 2n ** 80n}})", {"big": {"n": 2**80}}),
    ],
)
def test_javascript_to_python(runtime: Runtime, source: str, expected: Any) -> None:
    """By value; whole numbers are int."""
    value = runtime.evaluate(f"({source})" if source.startswith("{") else source)

    assert value == expected
    assert type(value) is type(expected)


@pytest.mark.parametrize(
    ("value", "expression"),
    [
        (None, "value === null"),
        (UNDEFINED, "value === undefined"),
        ({"a": UNDEFINED}, "'a' in value && value.a === undefined"),
        (2**53, "value === 9007199254740992"),
        (2**53 + 1, "value === 9007199254740993n"),
        (-(2**62), "value === -4611686018427387904n"),
        ([2**70], "value[0] === 1180591620717411303424n"),
        (True, "value === true"),
        (1.0, "value === 1"),
        ((1, 2), "Array.isArray(value) && value.length === 2"),
        (b"\x00\xff", "value instanceof Uint8Array && value[1] === 255"),
        ({"b": bytearray(b"ab")}, "value.b[1] === 98"),
        ({"__proto__": 1}, "Object.hasOwn(value, '__proto__') && value.__proto__ === 1"),
        ({"a\0b": 1}, "value['a\\0b'] === 1"),
        (float("nan"), "Number.isNaN(value)"),
        ([float("-inf")], "value[0] === -Infinity"),
        (Colour.RED, "value === 'red'"),
        (Point(1, Point(2)), "value.x === 1 && value.inner.x === 2"),
        (MappingProxyType({"k": [1]}), "value.k[0] === 1"),
        (dt.date(2024, 1, 2), "value === '2024-01-02'"),
        ({"f": len}, "value.f('abc') === 3"),
        (Point(1, lambda: 7), "value.inner() === 7"),
    ],
)
def test_python_to_javascript(runtime: Runtime, value: Any, expression: str) -> None:
    """By value; what JavaScript would misread gets a safe way."""
    check = runtime.evaluate(f"(value) => {expression}")

    assert check.call(value) is True


def test_results_of_host_functions_cross_like_arguments(runtime: Runtime) -> None:
    """Big integers, undefined and bytes too."""
    for value, expression in (
        (2**60, "f() === 2n ** 60n"),
        (UNDEFINED, "f() === undefined"),
        (b"a", "f()[0] === 97"),
    ):
        runtime.define("f", lambda value=value: value)
        assert runtime.evaluate(expression) is True


@pytest.mark.parametrize(
    ("value", "pointer"),
    [
        ({"a": [{1, 2}]}, "/a/0"),
        ({1: 2}, "/"),
        ({"a/b": {"~": object()}}, "/a~1b/~0"),
        ({"k": Runtime}, "/k"),
    ],
)
def test_what_cannot_leave_python_is_named_by_its_path(runtime: Runtime, value: Any, pointer: str) -> None:
    """As a JSON pointer."""
    identity = runtime.evaluate("(x) => x")

    with pytest.raises(JsValueUnsupported) as caught:
        identity.call(value)

    assert caught.value.subject.endswith(pointer)
    assert caught.value.code == "JS_VALUE_UNSUPPORTED"


@pytest.mark.parametrize(
    ("source", "pointer"),
    [
        ("({a: [Symbol('s')]})", "/a/0"),
        ("({a: /x/})", "/a"),
        ("new Map([[1, 2]])", "/"),
        ("const c = {}; c.inner = {c}; c", "/inner/c"),
        ("new WeakMap()", "/"),
    ],
)
def test_what_cannot_leave_javascript_is_named_by_its_path(
    runtime: Runtime, source: str, pointer: str
) -> None:
    """And nothing else happens."""
    with pytest.raises(JsValueUnsupported) as caught:
        runtime.evaluate(source)

    assert caught.value.subject == pointer
    assert runtime.evaluate("1 + 1") == 2


def test_what_would_crash_the_engine_is_refused(runtime: Runtime) -> None:
    """Cycles, depth and size, both ways; what is small in memory may be endless as a copy."""
    identity = runtime.evaluate("(x) => x")
    doubled: Any = [1]
    for _ in range(60):
        doubled = [doubled, doubled]
    cycle: list[Any] = []
    cycle.append({"again": cycle})
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]

    for value in (cycle, deep, (doubled,), [None] * (MAX_PARTS + 1)):
        with pytest.raises(JsValueUnsupported):
            identity.call(value)
    for source in (
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a",
        "new Array(4e9)",
        "let d = [1]; for (let i = 0; i < 60; i++) d = [d, d]; d",
        "let t = 'x'.repeat(1e7); new Array(300).fill(t)",
        "let t = {t: 'x'.repeat(1e7)}; new Map([['all', new Array(300).fill(t)]])",
    ):
        with pytest.raises(JsValueUnsupported):
            runtime.evaluate(
                f"(() => {{ {source.rpartition(';')[0]}; return {source.rpartition(';')[2]} }})()"
            )
    while isinstance(deep, list):  # taken apart by hand: freeing it at once recurses
        deep = deep[0]


def test_the_depth_that_is_allowed_crosses(runtime: Runtime) -> None:
    """Both ways."""
    value: Any = "end"
    for _ in range(MAX_DEPTH):
        value = [value]

    assert runtime.evaluate("(x) => x").call(value) == value


@_SETTINGS
@given(value=_VALUES)
def test_plain_values_survive_the_round_trip(runtime: Runtime, value: Any) -> None:
    """Through an argument, a result, and a host function."""
    identity = runtime.evaluate("(x) => x")
    through_host = runtime.evaluate("(f, x) => f(x)")

    assert identity.call(value) == value
    assert through_host.call(lambda x: x, value) == value
    assert identity.call([value]) == [value]


@_SETTINGS
@given(
    value=st.recursive(_SCALARS, lambda parts: st.lists(parts, max_size=3), max_leaves=4),
    depth=st.integers(0, 400),
)
def test_deep_values_cross_or_are_refused(runtime: Runtime, value: Any, depth: int) -> None:
    """Never anything else."""
    for _ in range(depth):
        value = {"k": value}

    try:
        assert runtime.evaluate("(x) => x").call(value) == value
    except JsValueUnsupported:
        assert depth > MAX_DEPTH - 10


def test_not_a_number_survives(runtime: Runtime) -> None:
    """It equals nothing, so it has a test of its own."""
    assert math.isnan(runtime.evaluate("({n: NaN})")["n"])
    assert math.isnan(runtime.evaluate("NaN"))


def test_functions_are_handles_of_their_runtime(runtime: Runtime) -> None:
    """They come back as the function they are; another runtime refuses them."""
    counter = runtime.evaluate("let n = 0; const count = () => ++n; count")
    same = runtime.evaluate("(f) => f === count")

    assert isinstance(counter, JsFunction)
    assert [counter.call(), counter.call()] == [1, 2]
    assert same.call(counter) is True
    assert runtime.evaluate("({deep: [count]})")["deep"][0].call() == 3
    with Runtime() as other:
        identity = other.evaluate("(x) => x")
        uses: list[Callable[[], Any]] = [
            lambda: identity.call(counter),
            lambda: identity.call([counter]),
            lambda: other.call(counter),
        ]
        for use in uses:
            with pytest.raises(JsUsageError) as caught:
                use()
            assert caught.value.code == "JS_FOREIGN_HANDLE"


def test_a_function_of_python_gets_as_many_arguments_as_it_has(runtime: Runtime) -> None:
    """As functions of JavaScript do; with defaults or a star it gets what is given."""
    runtime.define("two", lambda a, b: [a, b])
    runtime.define("many", lambda *args: len(args))
    runtime.define("five", lambda a, b, c, d, e: [a, b, c, d, e])
    runtime.define("optional", lambda a, b=5: [a, b])

    assert runtime.evaluate("[two(1), two(1, 2, 3)]") == [[1, None], [1, 2]]
    assert runtime.evaluate("[many(), many(1, 2, 3, 4)]") == [0, 4]
    assert runtime.evaluate("[five(1, 2, 3, 4, 5, 6), five(1)]") == [
        [1, 2, 3, 4, 5],
        [1, None, None, None, None],
    ]
    assert runtime.evaluate("optional(1)") == [1, 5]
    assert runtime.evaluate("[7, 8].map(two)") == [[7, 0], [8, 1]]
