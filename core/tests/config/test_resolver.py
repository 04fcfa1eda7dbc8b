"""The resolver: layers become one value, and every path can say where its value came from."""

import copy
import json
from typing import Any

import pytest
from geppetto import Secret
from geppetto.config import Layer, Source, resolve
from geppetto.errors import ConfigError
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "temperature": {"type": "number", "default": 1.0},
        "stream": {"type": "boolean"},
        "stop": {"type": ["array", "null"], "items": {"type": "string"}},
        "api_key": {"type": "string", "writeOnly": True},
        "retry": {"$ref": "#/$defs/retry"},
        "extra": {"type": "object", "additionalProperties": True},
        "limits": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
    "$defs": {
        "retry": {
            "type": "object",
            "properties": {"max": {"type": "integer", "default": 2}, "base": {"type": "number"}},
        }
    },
}


def _source(layer: Layer, values: dict[str, Any], **more: Any) -> Source:
    return Source(more.pop("name", layer.label), layer, values, **more)


@pytest.mark.parity(333, 337)
def test_the_higher_layer_wins_and_the_losers_stay_in_the_history() -> None:
    """Layers apply low to high whatever the order they are given in."""
    sources = [
        _source(Layer.FLAGS, {"temperature": 0.2}),
        _source(Layer.PROFILE, {"temperature": 0.7, "stream": True}),
    ]

    resolved, value = resolve(SCHEMA, sources)

    assert value == {"temperature": 0.2, "stream": True, "retry": {"max": 2}}
    assert [(s.layer.label, s.value) for s in resolved.history["/temperature"]] == [
        ("schema-defaults", 1.0),
        ("profile", 0.7),
        ("flags", 0.2),
    ]
    winner = resolved.winner("/stream")
    assert winner is not None
    assert winner.source == "profile"


def test_objects_merge_by_key_and_everything_else_replaces() -> None:
    """A list is replaced whole; an explicit null is a value."""
    _, value = resolve(
        SCHEMA,
        [
            _source(Layer.PROFILE, {"retry": {"base": 1.5}, "stop": ["a", "b"], "extra": {"a": {"b": 1}}}),
            _source(Layer.REQUEST, {"retry": {"max": 5}, "stop": None, "extra": {"a": {"c": 2}}}),
        ],
    )

    assert value["retry"] == {"max": 5, "base": 1.5}
    assert value["stop"] is None
    assert value["extra"] == {"a": {"b": 1, "c": 2}}


@pytest.mark.parity(11, 160, 259)
@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"temprature": 1}, r"no key 'temprature'.*did you mean temperature\?"),
        ({"retry": {"maxx": 1}}, r"no key 'retry/maxx'.*did you mean max\?"),
        ({"zzz": 1}, "known keys: api_key, extra"),
    ],
)
def test_an_unknown_key_names_the_nearest_and_its_source(values: dict[str, Any], message: str) -> None:
    """Absent `additionalProperties` means not allowed; file and line are told."""
    lines = {"/temprature": 4, "/retry/maxx": 4, "/zzz": 4}
    source = _source(Layer.CONFIG_FILE, values, name="config", file="geppetto.yaml", lines=lines)

    with pytest.raises(ConfigError, match=message) as caught:
        resolve(SCHEMA, [source])

    assert caught.value.code == "UNKNOWN_KEY"
    assert "config (geppetto.yaml:4)" in str(caught.value)


@pytest.mark.parametrize(
    ("path", "text", "value"),
    [
        ("temperature", "0.5", 0.5),
        ("stream", "false", False),
        ("stream", "yes", True),
        ("stop", '["a"]', ["a"]),
        ("stop", "null", None),
    ],
)
def test_texts_are_read_as_the_schema_asks(path: str, text: str, value: Any) -> None:
    """What comes from flags or the environment is coerced."""
    _, resolved = resolve(SCHEMA, [_source(Layer.FLAGS, {path: text}, text=True)])

    assert resolved[path] == value


def test_a_text_that_does_not_fit_is_named_with_what_was_expected() -> None:
    """A bad number says path, text, source and type."""
    with pytest.raises(ConfigError, match=r"/temperature: 'hot' from --set is not number"):
        resolve(SCHEMA, [_source(Layer.FLAGS, {"temperature": "hot"}, name="--set", text=True)])


@pytest.mark.parity(347, 354)
def test_a_value_that_does_not_fit_names_path_and_source() -> None:
    """Full JSON Schema validation at the end, with the origin of the bad value."""
    with pytest.raises(
        ConfigError, match=r"middleware x: /limits/a: 'b' is not of type 'integer' \(from profile\)"
    ):
        resolve(SCHEMA, [_source(Layer.PROFILE, {"limits": {"a": "b"}})], subject="middleware x")


def test_a_secret_is_hidden_in_value_trace_and_errors() -> None:
    """A trace says where a secret came from, never what it is."""
    sources = [_source(Layer.FLAGS, {"api_key": "sk-secret"}, text=True)]

    resolved, value = resolve(SCHEMA, sources)

    assert isinstance(value["api_key"], Secret)
    assert value["api_key"].reveal() == "sk-secret"
    assert "sk-secret" not in json.dumps(resolved.trace()) + repr(resolved)
    with pytest.raises(ConfigError) as caught:
        resolve(
            {
                **SCHEMA,
                "properties": {
                    **SCHEMA["properties"],
                    "api_key": {"type": "string", "writeOnly": True, "maxLength": 3},
                },
            },
            sources,
        )
    assert "sk-secret" not in str(caught.value) + json.dumps(caught.value.to_json())


class Settings(BaseModel):
    """Settings of an engine."""

    model_config = ConfigDict(extra="forbid")
    model: str | None = None
    retries: int = 2
    api_key: Secret | None = None


def test_a_pydantic_model_gives_an_instance() -> None:
    """A model validates itself; its defaults stand in the history."""
    resolved, settings = resolve(
        Settings, [_source(Layer.FLAGS, {"retries": "3", "api_key": "sk-x"}, text=True)]
    )

    assert isinstance(settings, Settings)
    assert settings.retries == 3
    assert settings.api_key is not None
    assert settings.api_key.reveal() == "sk-x"
    assert [step.value for step in resolved.history["/retries"]] == [2, 3]


def test_a_model_that_refuses_names_path_and_source() -> None:
    """A pydantic error becomes ConfigError, without the input."""
    with pytest.raises(ConfigError, match=r"/retries: .*integer.* \(from profile\)") as caught:
        resolve(Settings, [_source(Layer.PROFILE, {"retries": "many"})])

    assert caught.value.code == "SCHEMA_VALIDATION_FAILED"


_LEAVES = st.fixed_dictionaries(
    {},
    optional={
        "temperature": st.floats(0, 2),
        "stream": st.booleans(),
        "stop": st.none() | st.lists(st.text(max_size=3), max_size=2),
        "retry": st.fixed_dictionaries({}, optional={"max": st.integers(0, 9), "base": st.floats(0, 9)}),
        "limits": st.dictionaries(st.sampled_from(["a", "b", "a/b", "~"]), st.integers(), max_size=3),
    },
)


@settings(max_examples=80, deadline=None)
@given(given_values=st.lists(st.tuples(st.sampled_from(list(Layer)[1:]), _LEAVES), max_size=4))
def test_the_value_equals_a_simple_merge_and_the_inputs_stay(
    given_values: list[tuple[Layer, dict[str, Any]]],
) -> None:
    """Whatever the layers say, the result is the plain merge by layer, and each winner is the highest layer."""
    sources = [_source(layer, values) for layer, values in given_values]
    before = copy.deepcopy([source.values for source in sources])

    resolved, value = resolve(SCHEMA, sources)

    expected: dict[str, Any] = {"temperature": 1.0, "retry": {"max": 2}}
    for source in sorted(sources, key=lambda s: s.layer):
        _merge(expected, source.values)
    assert value == expected
    assert [source.values for source in sources] == before
    for pointer, steps in resolved.history.items():
        assert steps[-1].layer == max(step.layer for step in steps), pointer


def _merge(target: dict[str, Any], values: Any) -> None:
    for key, item in values.items():
        if isinstance(item, dict) and isinstance(target.get(key), dict):
            _merge(target[key], item)
        else:
            target[key] = copy.deepcopy(item)


def test_an_object_gives_way_to_what_replaces_it_and_back() -> None:
    """The history has exactly the paths of the value; an empty object adds nothing to one with content."""
    schema: dict[str, Any] = {"properties": {"v": {}}}
    layers: list[dict[str, Any]] = [{"v": {"a": 1}}, {"v": None}, {"v": {}}, {"v": {"b": 2}}, {"v": {}}]
    sources = [_source(Layer(i + 1), values) for i, values in enumerate(layers)]

    paths = [
        {p: step.value for p in found.history if (step := found.winner(p))}
        for found in (resolve(schema, sources[:n])[0] for n in range(1, 6))
    ]

    assert paths == [{"/v/a": 1}, {"/v": None}, {"/v": {}}, {"/v/b": 2}, {"/v/b": 2}]


def test_the_step_to_blame_is_the_nearest_one() -> None:
    """The path's own, one inside it, one around it; a path that nothing touches has none."""
    resolved, _ = resolve(
        {"properties": {"a": {}, "l": {}}}, [_source(Layer.FLAGS, {"a": {"b": 1}, "l": [1]})]
    )

    found = [resolved.nearest(pointer) for pointer in ("/a/b", "/a", "/l/0", "/zzz", "/")]

    assert [step.value if step else None for step in found] == [1, 1, [1], None, None]


@settings(max_examples=60, deadline=None)
@given(given_values=st.lists(st.tuples(st.sampled_from(list(Layer)[1:]), _LEAVES), max_size=4))
def test_each_winner_is_the_last_source_of_the_highest_layer_that_sets_its_path(
    given_values: list[tuple[Layer, dict[str, Any]]],
) -> None:
    """The history has a step per source that sets a path, and the value at the path is the winner's."""
    sources = [_source(layer, values, name=str(i)) for i, (layer, values) in enumerate(given_values)]

    resolved, value = resolve(SCHEMA, sources)

    ordered = sorted(sources, key=lambda source: source.layer)
    for pointer, steps in resolved.history.items():
        keys = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:]]
        setters = [source.name for source in ordered if _at(source.values, keys) is not _MISSING]
        assert [step.source for step in steps if step.layer] == setters
        assert _at(value, keys) == steps[-1].value


_MISSING = object()


def _at(value: Any, keys: list[str]) -> Any:
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return _MISSING
        value = value[key]
    return value
