"""The core's typed keys."""

from typing import Any

import pytest
from geppetto import InferenceConfig, InferenceResult, ToolConfig, Turn, Usage
from geppetto.engine import RetryConfig, keys
from geppetto.errors import DecodeError
from geppetto.turns import DataKeyId, Key, TurnKeyId, from_json, from_yaml, to_json, to_yaml

FULL: list[tuple[Key[Any], object]] = [
    (keys.INFERENCE_CONFIG, InferenceConfig(model="m", stop=[], temperature=0, extra={"a": [None]})),
    (keys.TOOL_CONFIG, ToolConfig(tool_choice="add", allowed_tools=[], retry=RetryConfig(0, 0.1, 2.0))),
    (keys.USAGE, Usage(input_uncached=0, output_text=3, total=3, raw={"x": 1})),
    (keys.INFERENCE_RESULT, InferenceResult(provider="p", usage=Usage(total=1), timings={"total": 0.5})),
    (keys.TOOL_DEFINITIONS, [{"name": "add"}]),
    (keys.STRUCTURED_OUTPUT_CONFIG, {"schema": {}}),
    (keys.SESSION_ID, "s"),
    (keys.RUNTIME, {"anything": [1]}),
]


@pytest.mark.parity(198)
@pytest.mark.parametrize(("key", "value"), FULL, ids=lambda part: getattr(part, "id", ""))
def test_typed_values_of_the_core_survive_both_writings(key: Key[Any], value: object) -> None:
    """Explicitly empty lists, zeros and nested configurations included."""
    turn = Turn()
    turn.data.set(key, value)

    read = [from_json(to_json(turn)), from_yaml(to_yaml(turn))]

    assert [found.data.get(key) for found in read] == [value, value]


def test_every_turn_and_data_key_of_the_vocabulary_has_a_typed_key() -> None:
    """And there is no typed key besides."""
    words = {word for table in (DataKeyId, TurnKeyId) for name, word in vars(table).items() if name.isupper()}

    assert {getattr(keys, name).id for name in keys.__all__} == words


@pytest.mark.parametrize(
    ("key", "raw"),
    [
        (keys.INFERENCE_CONFIG, {"temperature": "hot"}),
        (keys.INFERENCE_CONFIG, {"stop": "x"}),
        (keys.INFERENCE_CONFIG, []),
        (keys.TOOL_CONFIG, {"enabled": "yes"}),
        (keys.TOOL_CONFIG, {"retry": {"max_retries": 0.5}}),
        (keys.USAGE, {"total": True}),
        (keys.INFERENCE_RESULT, {"usage": {"totl": 1}}),
        (keys.SESSION_ID, 5),
    ],
)
def test_a_stored_value_that_does_not_fit_is_present_and_undecodable(key: Key[Any], raw: object) -> None:
    """A number that is a text does not reach a provider."""
    turn = Turn(data={key.id: raw})

    with pytest.raises(DecodeError, match=key.id):
        turn.data.get(key)
