"""Threads of scripts that wait for each other."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from geppetto_js import HostFunction, JsFunction, Runtime
from geppetto_js.errors import JsUsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def runtimes() -> Iterator[list[Runtime]]:
    """Give three runtimes."""
    made = [Runtime() for _ in range(3)]
    yield made
    for runtime in made:
        runtime.close()


def _through(runtime: Runtime, go_on: Callable[[], Any]) -> Callable[[], Any]:
    """Return a call of a script that stands still while a host function does something."""
    script: JsFunction = runtime.evaluate("(f) => f()")
    return lambda: script.call(HostFunction(go_on), timeout=30)


def _ends(calls: list[Callable[[], Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        futures = [pool.submit(call) for call in calls]
        return [future.exception() or future.result() for future in futures]


@pytest.mark.parametrize("count", [2, 3])
def test_a_circle_of_runtimes_is_refused_at_once(runtimes: list[Runtime], count: int) -> None:
    """Each stands in a frame of its own and asks the next: one at least hears, and so the others go on."""
    ring, meet = runtimes[:count], threading.Barrier(count)

    def asks(number: int) -> Callable[[], Any]:
        target = ring[(number + 1) % count].evaluate("() => 'asked'")

        def ask() -> Any:
            meet.wait(10)
            return target.call()

        return _through(ring[number], ask)

    ends = _ends([asks(number) for number in range(count)])

    refused = [end for end in ends if isinstance(end, JsUsageError)]
    assert refused
    assert {error.code for error in refused} == {"JS_DEADLOCK"}
    assert all(end == "asked" for end in ends if end not in refused)
    assert [runtime.evaluate("1 + 1") for runtime in ring] == [2] * count


def test_who_waits_behind_a_busy_runtime_is_no_circle(runtimes: list[Runtime]) -> None:
    """Two ask the same third, in two chains; they take turns."""
    first, second, third = runtimes
    target = third.evaluate("() => 'asked'")

    ends = _ends([_through(runtime, target.call) for runtime in (first, second)] * 20)

    assert ends == ["asked"] * 40


def test_one_root_may_go_in_a_circle_while_another_asks(runtimes: list[Runtime]) -> None:
    """The inner call is let in, since it is of the frame's own root; the other one waits its turn."""
    first, second, _ = runtimes
    home = first.evaluate("() => 'home'")
    around = _through(first, _through(second, home.call))
    other = _through(second, lambda: "other")

    ends = _ends([around, other] * 20)

    assert ends == ["home", "other"] * 20
