"""One source as the resolver reads it."""

from typing import Any

import pytest
from geppetto import Secret
from geppetto.config import Layer, Source
from geppetto.config.reading import steps
from geppetto.config.shape import Shape
from geppetto.errors import ConfigError

SERVER: dict[str, Any] = {
    "type": "object",
    "properties": {"url": {"type": "string"}, "port": {"type": "integer"}, "token": {"format": "password"}},
}
SCHEMA: dict[str, Any] = {
    "properties": {
        "name": {"type": "string"},
        "key": {"anyOf": [{"type": "string", "writeOnly": True}, {"type": "null"}]},
        "server": SERVER,
        "servers": {"type": "array", "items": {"$ref": "#/properties/server"}},
        "vault": {"type": "object", "writeOnly": True, "additionalProperties": True},
        "extra": {"type": "object"},
    }
}


def _read(values: dict[str, Any], **more: Any) -> dict[str, Any]:
    source = Source("flags", Layer.FLAGS, values, **more)
    return {pointer: step.value for _, pointer, step in steps(source, Shape.of(SCHEMA), "engine x")}


def test_values_become_pointers_and_an_empty_object_is_a_value() -> None:
    """Keys are escaped; what nothing is known of may hold anything."""
    found = _read({"name": "n", "server": {}, "extra": {"a/b": {"~": [1, {"c": 2}]}}})

    assert found == {"/name": "n", "/server": {}, "/extra/a~1b/~0": [1, {"c": 2}]}


def test_the_text_of_an_object_is_read_like_an_object() -> None:
    """It merges, its keys are checked, its numbers stay numbers."""
    assert _read({"server": '{"port": 1}'}, text=True) == {"/server/port": 1}
    with pytest.raises(ConfigError, match=r"engine x has no key 'server/prot'.*did you mean port\?"):
        _read({"server": '{"prot": 1}'}, text=True)


def test_a_number_in_quotes_is_the_number_and_its_history_has_the_text() -> None:
    """Documents written for the Go library have such."""
    source = Source("team", Layer.PROFILE, {"server": {"port": "8080"}})

    [(_, _, step)] = steps(source, Shape.of(SCHEMA), "engine x")

    assert (step.raw, step.value) == ("8080", 8080)


def test_unknown_keys_inside_a_list_are_refused_too() -> None:
    """The pointer leads to the item."""
    with pytest.raises(ConfigError, match=r"no key 'servers/1/prot'.*did you mean port\?") as caught:
        _read({"servers": [{"port": 1}, {"prot": 1}]})

    assert caught.value.subject == "/servers/1/prot"


@pytest.mark.parametrize(
    "values",
    [
        {"key": "canary"},
        {"server": {"token": "canary"}},
        {"servers": [{"token": "canary", "url": "u"}]},
        {"vault": {"deep": {"er": "canary"}}},
        {"vault": {"list": ["canary", ["canary"]]}},
        {"key": Secret("canary")},
    ],
)
def test_a_secret_is_sealed_wherever_the_schema_says_that_it_is_one(values: dict[str, Any]) -> None:
    """In objects, in lists, in whole objects that are secret; raw value and value alike."""
    found = steps(Source("flags", Layer.FLAGS, values), Shape.of(SCHEMA), "")

    assert "canary" not in repr(found) + repr([step.to_json() for *_, step in found])
    assert "Secret" in repr(found)


@pytest.mark.parametrize("text", ['{"token": "canary"}', '{"url": "u", "token": "canary"}'])
def test_a_secret_inside_a_text_is_sealed(text: str) -> None:
    """The raw text would show it."""
    source = Source("flags", Layer.FLAGS, {"server": text, "servers": f"[{text}]"}, text=True)

    found = steps(source, Shape.of(SCHEMA), "")

    assert "canary" not in repr(found)


@pytest.mark.parametrize("text", ["null", "123", "true", '"x"', ""])
def test_a_secret_that_is_typed_stays_what_was_typed(text: str) -> None:
    """A key of digits is no number."""
    [value] = _read({"key": text}, text=True).values()

    assert value.reveal() == text


@pytest.mark.parametrize("values", [{"key": 12345}, {"key": [12345]}, {"vault": {"pin": 12345}}])
def test_a_secret_that_is_no_text_is_refused_and_not_shown(values: dict[str, Any]) -> None:
    """Numbers cannot be sealed."""
    with pytest.raises(ConfigError, match="a secret is a text, got int") as caught:
        _read(values)

    assert "12345" not in str(caught.value)


def test_null_is_a_value_of_a_secret() -> None:
    """It takes the key away."""
    assert _read({"key": None}) == {"/key": None}


def test_values_share_nothing_with_their_source() -> None:
    """Editing what was read does not change the source."""
    given: dict[str, Any] = {"extra": {"list": [{"a": [1]}]}}

    _read(given)["/extra/list"][0]["a"].append(2)

    assert given == {"extra": {"list": [{"a": [1]}]}}
