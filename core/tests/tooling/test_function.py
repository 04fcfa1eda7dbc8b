"""Tools from typed functions."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any, Literal, cast

import pytest
from geppetto import Host, ToolContext, ToolRegistry, tool
from geppetto.errors import InvalidOption
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, Field


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


def test_an_optional_context_is_injected_too(plain_host: Host) -> None:
    """`ToolContext | None = None` lets the function be called without a run."""

    @tool
    def where(context: ToolContext | None = None) -> str:
        """Say who calls."""
        return context.call_id if context else "nobody"

    assert where.parameters["properties"] == {}
    assert where() == "nobody"
    assert plain_host.call_tool(where, {}).result not in {"nobody", ""}


def test_a_parameter_named_self_is_one_like_any_other(plain_host: Host) -> None:
    """It works through the handler and when the tool is called like the function."""

    @tool
    def odd(self: str) -> str:
        """Take an odd name."""
        return self

    assert plain_host.call_tool(odd, {"self": "x"}).result == "x"
    assert odd(self="y") == "y"


def test_annotations_of_pydantic_are_kept(plain_host: Host) -> None:
    """Limits and descriptions of `Field` stand in the schema; the docstring's text wins over none."""

    @tool
    def limited(  # noqa: D417  # its text stands in the annotation
        number: Annotated[int, Field(ge=1, description="its own")], other: Any = None
    ) -> int:
        """Take a number.

        Args:
            other: anything
        """
        return number

    properties = limited.parameters["properties"]

    assert properties["number"] == {"type": "integer", "minimum": 1, "description": "its own"}
    assert properties["other"]["description"] == "anything"
    assert plain_host.call_tool(limited, {"number": 0}).code == "TOOL_ARGUMENTS_INVALID"


@given(
    number=st.integers(-(2**53), 2**53), text=st.text(max_size=20), flags=st.lists(st.booleans(), max_size=4)
)
def test_arguments_arrive_as_they_were_sent(number: int, text: str, flags: list[bool]) -> None:
    """The function sees the values that JSON carried."""

    def give(number: int, text: str, flags: list[bool]) -> list[Any]:
        """Give them back."""
        return [number, text, flags]

    made = tool(give)

    assert made.handler({"number": number, "text": text, "flags": flags}, _NO_RUN) == [number, text, flags]


_NO_RUN = ToolContext(run=cast("Any", None), call_id="c1")
