"""Objects that change while they cross: a getter or a proxy tells the look something else than the copy."""

from __future__ import annotations

import pytest
from geppetto_js import JsDeadlineExceeded, JsError, JsValueUnsupported, Runtime
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.needs_guard

#: `once(first, later)` is a member that is `first` when it is read for the first time, and `later` ever after
_PRELUDE = """
  const once = (first, later) => { let reads = 0; return { get member() { return reads++ ? later() : first } } }
  const nested = (levels) => { let value = {}; for (let i = 0; i < levels; i++) value = { value }; return value }
  const liar = (later) => new Proxy({}, {
    ownKeys: () => ["x"], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
    get: (target, key) => key === "x" ? later() : undefined,
  })
  const doubled = (levels) => { let value = [1]; for (let i = 0; i < levels; i++) value = [value, value]; return value }
"""
_TOO_MUCH = [
    ("once(1, () => nested(200000))", "nested deeper than 100 levels"),
    ("once(1, () => doubled(60))", "more than 1000000 parts"),
    ("once(1, () => { const own = []; own.push(own); return own })", "a cycle"),
    ("once(1, () => Symbol('x'))", "a symbol"),
    ("(() => { const f = () => ({ get value() { return f() } }); return f() })()", "nested deeper"),
    ("liar(() => nested(200000))", "nested deeper"),
    (
        "Object.defineProperty({}, 'x', { enumerable: true, get: [].shift.bind([1, nested(200000)]) })",
        "nested",
    ),
]


@pytest.mark.parametrize(("source", "reason"), _TOO_MUCH)
def test_what_changes_after_the_look_is_refused(runtime: Runtime, source: str, reason: str) -> None:
    """Each of these would end the process, or take all of its memory, if the engine copied it."""
    runtime.evaluate(_PRELUDE)

    for run in (runtime.evaluate, lambda script: runtime.evaluate(f"() => ({script})").call()):
        with pytest.raises(JsValueUnsupported, match=reason):
            run(source)


def test_a_getter_and_a_proxy_cross_with_what_they_say(runtime: Runtime) -> None:
    """They are objects as others are; a host function gets the same."""
    runtime.define("echo", lambda value: value)

    assert runtime.evaluate("({ get a() { return [1, 2.5] }, b: 10n ** 20n })") == {
        "a": [1, 2.5],
        "b": 10**20,
    }
    assert runtime.evaluate("echo(new Proxy({ a: 1 }, { get: (target, key) => target[key] }))") == {"a": 1}
    assert runtime.evaluate("echo(new Proxy([1, 2], { get: (target, key) => target[key] }))") == [1, 2]


def test_the_error_of_a_getter_is_the_scripts_own(runtime: Runtime) -> None:
    """With its stack, whichever reading threw it."""
    runtime.evaluate(_PRELUDE)

    with pytest.raises(JsError, match="the second reading") as caught:
        runtime.evaluate("once(1, () => { throw new Error('the second reading') })")

    assert "<script>:1" in caught.value.js_stack


def test_a_stop_in_a_getter_is_a_stop(runtime: Runtime) -> None:
    """A loop in the second reading ends at the deadline."""
    runtime.evaluate(_PRELUDE)

    with pytest.raises(JsDeadlineExceeded):
        runtime.evaluate("once(1, () => { for (;;); })", timeout=0.2)


_LEAVES = st.sampled_from(["1", "2.5", "'text'", "null", "undefined", "() => 1", "10n", "new Date(0)", "NaN"])
_HOSTILE = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{ a: {}, b: {} }}".format, inner, inner),
        st.builds("once({}, () => ({}))".format, inner, inner),
        st.builds("new Proxy({{ a: {} }}, {{ get: () => ({}) }})".format, inner, inner),
        st.builds("new Proxy([{}, 1], {{ get: (t, k) => k === 'length' ? -1 : ({}) }})".format, inner, inner),
    ),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(_HOSTILE)
def test_no_changing_object_ends_the_process(source: str) -> None:
    """Whatever they are made of, they cross or are refused, and the next value crosses as ever."""
    with Runtime() as runtime:
        runtime.evaluate(_PRELUDE)
        try:
            runtime.evaluate(f"(() => ({source}))()")
        except JsValueUnsupported:
            pass

        assert runtime.evaluate("({ a: [1, 'x'] })") == {"a": [1, "x"]}
