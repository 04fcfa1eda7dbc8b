"""JSON Schemas as the resolver reads them."""

import copy
from typing import Any

import pytest
from geppetto.config.schema import (
    defaults,
    expand,
    is_secret,
    item_nodes,
    known_keys,
    nodes_at,
    schema_of,
)
from geppetto.errors import ConfigError
from pydantic import BaseModel

TREE: dict[str, Any] = {
    "$ref": "#/$defs/node",
    "$defs": {
        "node": {
            "properties": {"value": {"type": "integer", "default": 1}, "next": {"$ref": "#/$defs/node"}},
        }
    },
}


def test_a_schema_that_refers_to_itself_can_be_read() -> None:
    """At any depth, and its defaults stop where nothing is set."""
    nodes = expand(TREE)
    for _ in range(5):
        nodes = nodes_at(nodes, "next", TREE)

    assert known_keys(nodes) == ["next", "value"]
    assert defaults(TREE) == {"value": 1}
    assert defaults(TREE, [{"next": {"next": {}}}]) == {
        "value": 1,
        "next": {"value": 1, "next": {"value": 1}},
    }
    assert len(expand({"$ref": "#"})) == 1


@pytest.mark.parametrize("reference", ["#/$defs/nope", "#/properties/0", "#/allOf/9", "#/allOf/x"])
def test_a_reference_to_nothing_is_named(reference: str) -> None:
    """The schema's author reads which one, not a KeyError."""
    schema = {"allOf": [{}], "properties": {"a": {"$ref": reference}}}

    with pytest.raises(ConfigError, match="which it does not have") as caught:
        nodes_at([schema], "a", schema)

    assert (caught.value.code, caught.value.subject) == ("SCHEMA_INVALID", reference)


@pytest.mark.parametrize(
    ("key", "types"),
    [
        ("named", ["integer"]),
        ("x-both", ["string", "number"]),
        ("x-other", ["number"]),
        ("else", ["boolean"]),
        ("anything", [None]),
        ("never", []),
    ],
)
def test_a_key_has_the_schemas_that_json_schema_gives_it(key: str, types: list[str | None]) -> None:
    """By name and by pattern; `additionalProperties` only where neither fits; False means no such key."""
    schema = {
        "properties": {
            "named": {"type": "integer"},
            "x-both": {"type": "string"},
            "anything": True,
            "never": False,
        },
        "patternProperties": {"^x-": {"type": "number"}},
        "additionalProperties": {"type": "boolean"},
    }

    assert [node.get("type") for node in nodes_at([schema], key, schema)] == types


def test_an_item_has_the_schema_of_its_place() -> None:
    """`prefixItems` first, `items` for the rest, nothing where nothing is said."""
    node = {"prefixItems": [{"type": "string"}], "items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}

    assert [n["type"] for n in item_nodes([node], 0, node)] == ["string"]
    assert [n.get("type") for n in item_nodes([node], 1, node)] == [None, "integer", "null"]
    assert item_nodes([{}], 0, {}) == []


def test_a_secret_is_found_behind_any_combination() -> None:
    """`writeOnly` or a password format, in any branch."""
    schema = {"$defs": {"key": {"writeOnly": True}}, "anyOf": [{"$ref": "#/$defs/key"}, {"type": "null"}]}

    assert is_secret(expand(schema))
    assert is_secret([{"format": "password"}])
    assert not is_secret([{"type": "string"}])


def test_defaults_inside_an_object_count_when_they_complete_it_or_it_is_set() -> None:
    """An optional object with a required key does not come into being by its defaults."""
    schema = {
        "properties": {
            "full": {"properties": {"a": {"default": [1]}}, "required": ["a"]},
            "half": {"properties": {"a": {"default": 1}, "b": {}}, "required": ["b"]},
            "either": {"anyOf": [{"properties": {"c": {"default": 1}}}]},
            "both": {"allOf": [{"properties": {"d": {"default": 1}}}, {"properties": {"e": {"default": 2}}}]},
            "any": True,
        }
    }

    assert defaults(schema) == {"full": {"a": [1]}, "both": {"d": 1, "e": 2}}
    assert defaults(schema, [{"half": {"b": 2}}])["half"] == {"a": 1}


def test_defaults_are_copies() -> None:
    """Editing a resolved value does not change the plugin's schema."""
    schema = {"properties": {"a": {"default": {"b": [1]}}}}
    before = copy.deepcopy(schema)

    defaults(schema)["a"]["b"].append(2)

    assert schema == before


def test_stars_are_a_default_like_any_other_where_nothing_is_secret() -> None:
    """Only where a secret stands do they mean that the model knows better."""
    schema = {"properties": {"by": {"default": "***"}, "key": {"default": "***", "writeOnly": True}}}

    assert defaults(schema) == {"by": "***"}


def test_a_model_gives_its_schema_and_a_schema_itself() -> None:
    """Either may stand where a configuration is declared."""

    class Settings(BaseModel):
        a: int = 1

    assert schema_of(Settings)["properties"]["a"]["default"] == 1
    assert schema_of(TREE) is TREE
