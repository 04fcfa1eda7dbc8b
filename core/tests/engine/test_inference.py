"""What is asked of a model, how a run ended, and what it used."""

import json

import pytest
from geppetto import InferenceConfig, InferenceResult, ToolConfig, Usage
from geppetto.engine import RetryConfig
from geppetto.errors import InvalidOption
from hypothesis import given
from hypothesis import strategies as st


def test_a_config_inherits_what_it_does_not_say() -> None:
    """None inherits, an empty `stop` clears, 0 is a value."""
    base = InferenceConfig(temperature=1, stop=["x"], seed=7)

    asked = InferenceConfig(temperature=0, stop=[]).over(base)

    assert asked == InferenceConfig(temperature=0, stop=[], seed=7)


@pytest.mark.parametrize("cls", [InferenceConfig, ToolConfig, RetryConfig, Usage, InferenceResult])
def test_each_reads_back_what_it_writes(cls: type[InferenceConfig]) -> None:
    """The JSON form of the defaults, and of no more than them, round-trips."""
    value = cls()

    assert cls.from_json(json.loads(json.dumps(value.to_json()))) == value


def test_an_unknown_field_names_the_nearest() -> None:
    """A misspelt field is refused."""
    with pytest.raises(InvalidOption, match="did you mean temperature"):
        InferenceConfig.from_json({"temprature": 1})


@pytest.mark.parity(82, 226)
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"tool_choice": ""}, "invalid toolChoice"),
        ({"tool_choice": 3}, "invalid toolChoice"),
        ({"tool_error_handling": "panic"}, "invalid tool_error_handling"),
        ({"max_parallel_tools": 0}, "max_parallel_tools"),
        ({"execution_timeout": -1}, "execution_timeout"),
        ({"retry": {"max_retries": -1}}, "max_retries"),
        ({"retry": {"tries": 1}}, "no field 'tries'"),
    ],
)
def test_a_tool_config_refuses_what_it_cannot_mean(fields: dict[str, object], message: str) -> None:
    """Each field says what is wrong with it."""
    with pytest.raises(InvalidOption, match=message):
        ToolConfig.from_json(fields)


def test_an_empty_allow_list_allows_nothing_and_none_allows_all() -> None:
    """The two are not the same."""
    assert not ToolConfig(allowed_tools=[]).allows("x")
    assert ToolConfig().allows("x")
    assert not ToolConfig(enabled=False).allows("x")


_COUNTS = st.none() | st.integers(0, 10**6)


@given(a=_COUNTS, b=_COUNTS, c=_COUNTS, d=_COUNTS)
def test_usage_adds_up_and_unknown_is_not_zero(
    a: int | None, b: int | None, c: int | None, d: int | None
) -> None:
    """A sum is unknown only when all its parts are."""
    both = Usage(input_uncached=a, cache_read=b).plus(Usage(input_uncached=c, cache_read=d))

    assert both.input_uncached == (None if a is None and c is None else (a or 0) + (c or 0))
    assert (both.input is None) == (a is None and b is None and c is None and d is None)
    assert both.output is None
