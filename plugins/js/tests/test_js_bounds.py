"""What limits and deadlines may be, and what is said of the others."""

from __future__ import annotations

import math
from typing import Any

import pytest
from geppetto_js import JsDeadlineExceeded, JsUsageError, Limits, Runtime

#: a promise that takes a while, so that somebody waits
SOON = "new Promise((done) => setTimeout(() => done(2), 20))"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("memory", value) for value in (0, -5, 2**70, 1.5, "1", True)),
        *(("stack", value) for value in (0, -1, 1, 10**9, None)),
        *(("timeout", value) for value in (0, -1, -math.inf, math.nan, "1")),
    ],
)
def test_limits_that_cannot_be_are_refused_where_they_are_made(field: str, value: Any) -> None:
    """By the name of the field."""
    with pytest.raises(JsUsageError, match=f"^{field}: expected a .*number of .*, got ") as caught:
        Limits(**{field: value})

    assert (caught.value.code, caught.value.subject) == ("JS_LIMIT", field)
    assert field in caught.value.next_step


def test_the_least_stack_carries_our_own_scripts() -> None:
    """So that a runtime with it works."""
    with Runtime(limits=Limits(stack=64 * 1024)) as runtime:
        assert runtime.evaluate("console.log('a', { b: [1] }); JSON.stringify({ a: [1] })") == '{"a":[1]}'


@pytest.mark.parametrize("endless", [1e10, 1e300, math.inf, 10**400])
async def test_a_deadline_beyond_what_a_platform_can_wait_is_none(endless: float) -> None:
    """In a thread, on a loop, and in the limits of a runtime."""
    with Runtime(limits=Limits(timeout=endless)) as runtime:
        assert await runtime.evaluate_async(SOON) == 2
        assert await runtime.evaluate_async(SOON, timeout=endless) == 2


@pytest.mark.parametrize("endless", [1e10, 1e300, math.inf, 10**400])
def test_a_thread_waits_without_one_too(runtime: Runtime, endless: float) -> None:
    """Which Python's own locks would refuse."""
    assert runtime.evaluate(SOON, timeout=endless) == 2


@pytest.mark.parametrize("none", [math.nan, "1", [1]])
async def test_a_deadline_that_is_no_time_is_refused(none: Any) -> None:
    """Before anything runs."""
    async with Runtime() as runtime:
        with pytest.raises(JsUsageError, match="timeout: expected a number of seconds, got"):
            await runtime.evaluate_async("globalThis.ran = true", timeout=none)
        assert await runtime.evaluate_async("globalThis.ran") is None


@pytest.mark.needs_interrupt
@pytest.mark.parametrize("past", [0, -1, -math.inf])
def test_a_deadline_that_is_past_ends_a_call_at_once(runtime: Runtime, past: float) -> None:
    """As one that passes on the way."""
    with pytest.raises(JsDeadlineExceeded):
        runtime.evaluate(SOON, timeout=past)
