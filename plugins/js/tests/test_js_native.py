"""The border of the engine that copies plain data itself, where Python and the engine's package disagree."""

from __future__ import annotations

import pytest
from geppetto_js import JsValueUnsupported, Runtime

#: the other engine's package gives integers as text
pytestmark = pytest.mark.needs_modules


def test_an_integer_that_python_does_not_read_is_refused(runtime: Runtime) -> None:
    """With what to do instead, whether a script ends with it or a function that is called."""
    function = runtime.evaluate("() => 10n ** 5000n")

    for attempt in (function.call, lambda: runtime.evaluate("10n ** 5000n")):
        with pytest.raises(JsValueUnsupported, match="an integer of more than 4300 digits") as caught:
            attempt()
        assert caught.value.next_step == "make a text of it: String(value)"


def test_an_integer_that_python_does_not_write_crosses(runtime: Runtime) -> None:
    """As an argument and as a result of the host."""
    runtime.define("large", lambda: 10**5000)

    assert runtime.evaluate("large() === 10n ** 5000n") is True
    assert runtime.evaluate("(n) => n === 10n ** 5000n").call(10**5000) is True


def test_a_value_error_of_the_host_stays_what_it_is(runtime: Runtime) -> None:
    """It is no integer that cannot be read."""
    own = ValueError("own")

    def fails() -> None:
        raise own

    runtime.define("fails", fails)

    with pytest.raises(ValueError, match="own") as caught:
        runtime.evaluate("() => fails()").call()
    assert caught.value is own
