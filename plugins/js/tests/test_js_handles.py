"""Handles of functions and promises, as Python's own tools treat them."""

from __future__ import annotations

import copy
import gc
import pickle
from collections.abc import Callable
from typing import Any

import pytest
from geppetto_js import JsUsageError, Runtime
from geppetto_js.values.handles import JsFunction


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, lambda handle: copy.deepcopy([handle])[0]])
def test_a_copy_of_a_handle_is_the_handle(runtime: Runtime, copied: Callable[[Any], Any]) -> None:
    """Dropping it leaves the function and the promise where they are."""
    function = runtime.evaluate("(() => 'called')")
    promise = runtime.evaluate("Promise.resolve('settled')", settle=False)

    for handle in (function, promise):
        twin = copied(handle)
        assert twin is handle
        del twin
    runtime.evaluate("1")  # which lets go of what was dropped

    assert (function.call(), promise.result()) == ("called", "settled")


def test_a_handle_cannot_be_pickled(runtime: Runtime) -> None:
    """It says what can be."""
    with pytest.raises(JsUsageError, match="JsFunction cannot be pickled") as caught:
        pickle.dumps({"f": runtime.evaluate("(() => 1)")})

    assert caught.value.code == "JS_HANDLE_PICKLED"
    assert "plain data" in caught.value.next_step


def test_a_handle_that_was_never_finished_ends_quietly() -> None:
    """As one that somebody makes by `__new__`: Python would print what its end raises."""
    JsFunction.__new__(JsFunction)
    gc.collect()


def test_handles_say_what_they_are(runtime: Runtime) -> None:
    """In the words of who writes scripts, for they stand in messages."""
    assert str(runtime.evaluate("[() => 1, Promise.resolve()]", settle=False)) == (
        "[a function of a script, a promise of a script]"
    )
