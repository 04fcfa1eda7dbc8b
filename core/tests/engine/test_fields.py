"""Dataclasses as JSON objects: a copy is kept where it is sure to become JSON, and nothing shows the difference."""

import json
import math
from typing import Any

import pytest
from geppetto import InferenceConfig, InferenceResult, Turn, Usage
from geppetto.engine import ToolConfig
from geppetto.engine.keys import INFERENCE_CONFIG, INFERENCE_RESULT, TOOL_CONFIG, USAGE
from geppetto.errors import DecodeError, EncodeError, InvalidOption
from hypothesis import given
from hypothesis import strategies as st

COUNTS = st.none() | st.integers(min_value=0, max_value=10**12)
USAGES = st.builds(
    Usage,
    input_uncached=COUNTS,
    output_text=COUNTS,
    total=COUNTS,
    raw=st.none() | st.just({"a": [1, {"b": None}]}),
)
RESULTS = st.builds(
    InferenceResult,
    provider=st.text(),
    model=st.text(),
    usage=st.none() | USAGES,
    attempts=st.integers(0, 9),
    timings=st.dictionaries(st.text(), st.floats(allow_nan=False, allow_infinity=False)),
    partial=st.booleans(),
    dropped_tool_calls=st.lists(st.text()),
)


@given(RESULTS)
def test_what_is_kept_reads_back_as_through_json(result: InferenceResult) -> None:
    """As a value, as JSON, and from a turn that was written and read."""
    turn = Turn()
    turn.metadata.set(INFERENCE_RESULT, result)

    assert turn.metadata.get(INFERENCE_RESULT) == result == InferenceResult.from_json(result.to_json())
    assert turn.metadata.raw(INFERENCE_RESULT.id) == result.to_json()
    assert turn.metadata == {INFERENCE_RESULT.id: result.to_json()}
    assert turn.to_json()["metadata"] == {INFERENCE_RESULT.id: json.loads(json.dumps(result.to_json()))}


def test_what_is_kept_is_nobody_elses() -> None:
    """Neither the value that was set, nor one that was got, nor a clone's."""
    result = InferenceResult(model="m", timings={"total": 1.0}, dropped_blocks=["a"])
    turn = Turn()
    turn.metadata.set(INFERENCE_RESULT, result)
    clone = turn.clone()

    for one in (result, turn.metadata.get(INFERENCE_RESULT), clone.metadata.get(INFERENCE_RESULT)):
        assert one is not None
        one.model = "other"
        one.timings["total"] = 2.0
        one.dropped_blocks.append("b")

    for kept in (turn.metadata.get(INFERENCE_RESULT), clone.metadata.get(INFERENCE_RESULT)):
        assert kept == InferenceResult(model="m", timings={"total": 1.0}, dropped_blocks=["a"])


@pytest.mark.parametrize(
    "value",
    [
        InferenceResult(timings={"total": math.nan}),
        InferenceResult(persist_errors=[object()]),  # type: ignore[list-item]  # that is the mistake
        InferenceResult(model={1, 2}),  # type: ignore[arg-type]  # that is the mistake
    ],
)
def test_what_json_cannot_say_is_refused_when_it_is_set(value: Any) -> None:
    """Nothing is stored then."""
    turn = Turn()

    with pytest.raises(EncodeError):
        turn.metadata.set(INFERENCE_RESULT, value)

    assert INFERENCE_RESULT not in turn.metadata


def test_a_field_of_another_type_is_found_when_it_is_read() -> None:
    """As it is for a value that came from a file."""
    turn = Turn()
    turn.metadata.set(INFERENCE_RESULT, InferenceResult(model=["m"]))  # type: ignore[arg-type]  # that is the mistake

    with pytest.raises(DecodeError, match="model"):
        turn.metadata.get(INFERENCE_RESULT)


def test_configurations_are_kept_in_the_same_way() -> None:
    """With lists, objects and configurations inside them."""
    turn = Turn()
    config = InferenceConfig(stop=["a"], response_format={"type": "json"}, temperature=0.5)
    turn.data.set(INFERENCE_CONFIG, config)
    turn.data.set(TOOL_CONFIG, ToolConfig(allowed_tools=["x"]))

    assert turn.data.get(INFERENCE_CONFIG) == config
    assert turn.data.get(TOOL_CONFIG) == ToolConfig(allowed_tools=["x"])
    assert turn.data.raw(TOOL_CONFIG.id)["retry"] == {
        "max_retries": 2,
        "backoff_base": 1.0,
        "backoff_factor": 2.0,
    }


def test_the_providers_own_usage_cannot_be_edited() -> None:
    """So that one usage may stand on many turns."""
    usage = Usage(total=1, raw={"a": {"b": 1}})
    turn = Turn()
    turn.metadata.set(USAGE, usage)

    assert turn.metadata.get(USAGE) is usage
    assert usage.raw == {"a": {"b": 1}}
    with pytest.raises(TypeError):
        usage.raw["a"]["b"] = 2


def test_an_unknown_field_is_refused_with_the_nearest_name() -> None:
    """And a value that is no object."""
    with pytest.raises(InvalidOption, match="did you mean model"):
        InferenceConfig.from_json({"modle": "m"})
    with pytest.raises(InvalidOption, match="expected an object"):
        InferenceConfig.from_json([])  # type: ignore[arg-type]  # that is the mistake
