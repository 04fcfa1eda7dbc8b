"""What can be made a tool: objects, methods and partials; and what is refused, in words."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from typing import Any

import pytest
from geppetto import Host, ToolRegistry, tool
from geppetto.errors import InvalidOption


def test_signatures_that_json_cannot_say_are_refused() -> None:
    """*args, positional-only parameters and unreadable annotations say what to do."""

    def starred(*args: int) -> None:
        """Take anything."""

    def positional(x: int, /) -> None:
        """Take by place."""

    def unreadable(x: Nowhere) -> None:  # type: ignore[name-defined]  # noqa: F821  # that is the point
        """Take what nobody knows."""

    for function, message in (
        (starred, "cannot be described"),
        (positional, "cannot be described"),
        (unreadable, "cannot be read"),
    ):
        with pytest.raises(InvalidOption, match=message):
            tool(function)


class _Adder:
    """Adds what it was made with."""

    def __init__(self, more: int) -> None:
        self._more = more

    def __call__(self, number: int) -> int:
        """Add to a number.

        Args:
            number: any
        """
        return number + self._more

    def method(self, number: int) -> int:
        """Add, too."""
        return number + self._more


class _AsyncAdder:
    """Adds one, in its time."""

    async def __call__(self, number: int) -> int:
        return number + 1


async def _lookup(number: int, *, table: _Adder) -> int:
    """Look up."""
    return table(number)


@pytest.mark.parity(266)
@pytest.mark.parametrize(
    ("function", "name", "description"),
    [
        (_Adder(1), "_Adder", "Add to a number."),
        (_AsyncAdder(), "_AsyncAdder", "Adds one, in its time."),
        (_Adder(1).method, "method", "Add, too."),
        (functools.partial(_lookup, table=_Adder(1)), "_lookup", "Look up."),
        (functools.partial(_Adder(1)), "_Adder", "Add to a number."),
    ],
    ids=["object", "async object", "method", "async partial", "partial of an object"],
)
def test_whatever_can_be_called_can_be_a_tool(
    function: Any, name: str, description: str, plain_host: Host
) -> None:
    """Objects, methods and partials give their own texts; what a partial has bound is not offered."""
    made = tool(function)

    assert (made.name, made.description) == (name, description)
    assert set(made.parameters["properties"]) == {"number"}
    assert plain_host.call_tool(made, {"number": 4}).result == 5


class _NoSchema:
    pass


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda x: x, "not usable"),
        (_Adder, "it is a class"),
        (max, "no signature"),
        (len, "cannot be described"),
    ],
    ids=["lambda", "class", "no signature", "positional"],
)
def test_what_can_be_no_tool_is_refused_in_words(function: Any, message: str) -> None:
    """Every refusal is an error of ours that names the function."""
    with pytest.raises(InvalidOption, match=message):
        ToolRegistry().register(function)


def test_types_that_json_cannot_say_are_refused() -> None:
    """The error says what is possible; a missing attribute in an annotation is an unreadable one."""

    def arbitrary(x: _NoSchema) -> None:
        """Take an object."""

    def callback(x: Callable[[], int]) -> None:
        """Take a function."""

    def lost(x: dataclasses.nothing) -> None:  # type: ignore[name-defined]  # that is the point
        """Take what is not there."""

    for function, message in (
        (arbitrary, "a parameter cannot be described in a JSON Schema"),
        (callback, "a parameter cannot be described in a JSON Schema"),
        (lost, "an annotation cannot be read"),
    ):
        with pytest.raises(InvalidOption, match=message) as caught:
            tool(function)
        assert caught.value.next_step


def test_a_tool_without_a_function_cannot_be_called_like_one(plain_host: Host) -> None:
    """The error says what to do."""
    with pytest.raises(TypeError, match="was not made of a function"):
        plain_host.tool("clock")()
