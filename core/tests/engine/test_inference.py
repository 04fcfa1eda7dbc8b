"""What is asked of a model, how a run ended, and what it used."""

import json
from typing import Any

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
        ({"retry": {"max_retries": 1.5}}, "max_retries: expected a whole number"),
        ({"retry": {"backoff_factor": -1}}, "backoff_factor"),
        ({"retry": None}, "RetryConfig: expected an object"),
        ({"execution_timeout": float("nan")}, "execution_timeout"),
        ({"execution_timeout": float("inf")}, "execution_timeout"),
        ({"max_parallel_tools": 2.5}, "max_parallel_tools"),
        ({"max_parallel_tools": True}, "max_parallel_tools"),
        ({"allowed_tools": "add"}, "allowed_tools: expected a list"),
        ({"enabled": "yes"}, "enabled: expected bool, got str"),
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


_CONFIGS = st.builds(
    InferenceConfig,
    model=st.none() | st.text(max_size=3),
    temperature=st.none() | st.floats(0, 2),
    stop=st.none() | st.lists(st.text(max_size=3), max_size=2),
    seed=st.none() | st.integers(),
    extra=st.none() | st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@given(top=_CONFIGS, middle=_CONFIGS, base=_CONFIGS)
def test_precedence_is_field_by_field_and_does_not_depend_on_grouping(
    top: InferenceConfig, middle: InferenceConfig, base: InferenceConfig
) -> None:
    """Three layers give the first value that is not None, whichever two are put together first."""
    result = top.over(middle).over(base)

    assert result == top.over(middle.over(base))
    for name in ("model", "temperature", "stop", "seed", "extra"):
        said = [getattr(layer, name) for layer in (top, middle, base) if getattr(layer, name) is not None]
        assert getattr(result, name) == (said[0] if said else None)
    assert InferenceConfig.from_json(json.loads(json.dumps(result.to_json()))) == result


def test_a_filled_result_reads_back() -> None:
    """Usage with its raw object, timings, what was dropped: all of it is JSON."""
    result = InferenceResult(
        provider="p",
        model="m",
        finish_class="max_tokens",
        stop_reason="length",
        usage=Usage(input_uncached=1, cache_read=0, raw={"prompt": {"cached": 0}}),
        attempts=2,
        iterations=3,
        timings={"queued": 0.0, "total": 1},
        partial=True,
        dropped_tool_calls=["c"],
    )

    assert InferenceResult.from_json(json.loads(json.dumps(result.to_json()))) == result


def test_the_json_form_shares_nothing_with_the_object() -> None:
    """Neither what was read nor what was written reaches the object when it is edited later."""
    given_json: dict[str, Any] = {"timings": {"total": 1.0}, "usage": {"raw": {"a": [1]}}}
    result = InferenceResult.from_json(given_json)
    written = result.to_json()

    given_json["timings"]["total"] = 9.0
    written["usage"]["raw"]["a"].append(2)
    written["timings"]["more"] = 1

    assert result.timings == {"total": 1.0}
    assert result.usage == Usage(raw={"a": [1]})


@given(counts=st.lists(_COUNTS, min_size=7, max_size=7))
def test_input_and_output_are_the_sums_of_their_disjoint_buckets(counts: list[int | None]) -> None:
    """Seven buckets, each counted once; the total is the provider's word and no sum of ours."""
    names = [
        "input_uncached", "cache_read", "cache_write", "input_audio", "output_text", "reasoning", "output_audio",
    ]  # fmt: skip

    usage = Usage.from_json(dict(zip(names, counts, strict=True)))

    assert (usage.input or 0) + (usage.output or 0) == sum(count or 0 for count in counts)
    assert usage.total is None


def test_usage_of_two_calls_leaves_out_the_raw_objects() -> None:
    """They belong to one call each."""
    assert Usage(total=3, raw={"a": 1}).plus(Usage(total=4, raw={"b": 1})) == Usage(total=7)
