"""Tools from typed functions."""

from __future__ import annotations

import dataclasses
from typing import Any, Literal

import pytest
from geppetto import Host, ToolContext, ToolRegistry, tool
from geppetto.errors import InvalidOption
from geppetto.tooling.docstring import read_docstring
from pydantic import BaseModel


class Place(BaseModel):
    """A nested argument."""

    city: str
    zip: int | None = None


@dataclasses.dataclass
class Weather:
    """A result."""

    celsius: float


@tool
def weather(  # noqa: D417  # the context is injected, not an argument
    place: Place, unit: Literal["c", "f"] = "c", *, days: list[int] | None = None, context: ToolContext
) -> Weather:
    """Tell the weather.

    More about it.

    Args:
        place: where
            exactly
        unit: degrees
        days: which days

    Returns:
        the weather
    """  # the context is injected, not an argument
    assert context.call_id
    assert isinstance(place, Place)
    return Weather(20.0 if unit == "c" else 68.0)


@pytest.mark.parity(156, 265)
def test_signature_and_docstring_become_schema_and_descriptions() -> None:
    """Names, types, defaults and texts are taken over; the context is not part of the schema."""
    assert weather.name == "weather"
    assert weather.description.startswith("Tell the weather.")
    schema = weather.parameters
    assert set(schema["properties"]) == {"place", "unit", "days"}
    assert schema["required"] == ["place"]
    assert schema["additionalProperties"] is False
    assert schema["properties"]["place"]["description"] == "where exactly"
    assert schema["properties"]["unit"]["enum"] == ["c", "f"]
    assert schema["properties"]["unit"]["default"] == "c"


@pytest.mark.parity(268, 277, 282)
@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        ({"place": {"city": "Ulm"}}, "ok", ""),
        ({"place": {"city": "Ulm", "zip": "x"}}, "error", "zip"),
        ({}, "error", "'place' is a required property"),
        ({"place": {"city": "Ulm"}, "more": 1}, "error", "'more' was unexpected"),
    ],
)
def test_arguments_are_checked_and_come_typed(
    arguments: dict[str, Any], status: str, text: str, plain_host: Host
) -> None:
    """The handler runs with the function's types, or not at all."""
    outcome = plain_host.call_tool(weather, arguments)

    assert outcome.status == status
    assert text in outcome.error
    if status == "ok":
        assert outcome.result == {"celsius": 20.0}


def test_a_tool_can_still_be_called_like_the_function() -> None:
    """For tests and for code that has no model."""

    @tool(name="other.name", tags=["x"], timeout=3)
    def double(number: int) -> int:
        """Double."""
        return number * 2

    assert double(4) == 8
    assert (double.name, double.tags, double.timeout) == ("other.name", frozenset({"x"}), 3)


def test_parameter_names_are_never_special(plain_host: Host) -> None:
    """Names that pydantic models use themselves are fine."""

    @tool
    def odd(schema: str, copy: int, model_config: bool) -> list[Any]:
        """Take odd names."""
        return [schema, copy, model_config]

    outcome = plain_host.call_tool(odd, {"schema": "s", "copy": 1, "model_config": True})

    assert outcome.result == ["s", 1, True]


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


@pytest.mark.parametrize(
    "text",
    [
        "Do it.\n\nArgs:\n    a: first\n    b (int): second\n        goes on\n",
        "Do it.\n\nParameters\n----------\na : str\n    first\nb : int\n    second\n    goes on\n",
        "Do it.\n\n:param a: first\n:param int b: second\n    goes on\n:returns: x\n",
    ],
    ids=["google", "numpy", "rest"],
)
def test_three_styles_of_docstrings_are_read(text: str) -> None:
    """Description and parameters come out the same."""
    assert read_docstring(text) == ("Do it.", {"a": "first", "b": "second goes on"})


@pytest.mark.parity(155, 157, 263, 264, 266, 269, 273, 274, 276)
async def test_a_registry_refuses_a_second_tool_of_a_name(plain_host: Host) -> None:
    """Duplicates need `replace=True`; functions, async handlers, host tools and raw schemas stand side by side."""

    async def slow(arguments: Any, context: ToolContext) -> str:
        return "async"

    registry = ToolRegistry([weather, plain_host.tool("calculator")])
    registry.define("slow", slow, parameters={"type": "object"})

    with pytest.raises(InvalidOption, match="registered already") as caught:
        registry.register(weather)
    replaced = registry.define("weather", slow, replace=True)

    assert caught.value.code == "TOOL_DUPLICATE"
    assert registry.names() == ["weather", "calculator", "slow"]
    assert registry.get("weather") is replaced


@pytest.mark.parity(90)
@pytest.mark.parametrize("name", ["", "1st", "with space", "semi;colon", "x" * 129])
def test_a_name_must_be_usable(name: str) -> None:
    """Names have letters, digits and a few signs."""
    with pytest.raises(InvalidOption, match="not usable"):
        ToolRegistry().define(name, lambda a, c: None)
