"""Schemas of replies that the API takes."""

from __future__ import annotations

from typing import Any

import pytest
from geppetto_provider_claude.schema import closed_schema
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

LEAVES = st.sampled_from([
    {"type": "string", "minLength": 2}, {"type": "integer", "minimum": 0}, {"enum": ["a", 1]}, {"type": "null"},
    {"const": 3}, {"type": ["string", "null"]}, {"type": "string", "format": "date"}, {"$ref": "#/$defs/point"},
])  # fmt: skip


def _objects(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    named = st.dictionaries(st.sampled_from("abc"), inner, max_size=3)
    return named.map(lambda found: {"type": "object", "properties": found, "required": sorted(found)[:1]})


NODES = st.recursive(
    LEAVES,
    lambda inner: (
        _objects(inner)
        | inner.map(lambda node: {"type": "array", "items": node, "maxItems": 3})
        | st.lists(inner, min_size=1, max_size=2).map(lambda nodes: {"anyOf": nodes})
    ),
    max_leaves=6,
)
POINT = {
    "point": {"type": "object", "properties": {"x": {"type": "number", "maximum": 9}}, "required": ["x"]}
}
REFUSED = {"minLength", "minimum", "maximum", "maxItems", "minItems", "pattern_"}


def _walk(node: Any) -> Any:
    if isinstance(node, dict):
        yield node
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _walk(value)


@given(schema=_objects(NODES))
def test_what_is_returned_is_closed_and_known(schema: Any) -> None:
    """Every object is closed, no refused word is left, and the given schema stays as it was."""
    whole = {**schema, "$defs": POINT}
    before = repr(whole)

    found = closed_schema(whole)

    assert repr(whole) == before
    assert found is not None
    Draft202012Validator.check_schema(found)
    assert all(not REFUSED & node.keys() for node in _walk(found))
    assert all(node["additionalProperties"] is False for node in _walk(found) if node.get("type") == "object")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}},
        {"anyOf": [{"type": "object"}]},
        {"type": "object", "properties": {"a": {"oneOf": [{"type": "string"}]}}},
        {"type": "object", "properties": {"a": {"not": {}}}},
        {"type": "object", "patternProperties": {"^a": {}}},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {"type": "object", "additionalProperties": True},
        {"type": "object", "properties": {"a": {"$ref": "#"}}},
        {
            "type": "object",
            "properties": {"a": {"$ref": "#/$defs/t"}},
            "$defs": {"t": {"items": {"$ref": "#/$defs/t"}}},
        },
    ],
)
def test_what_has_no_such_schema(schema: dict[str, Any]) -> None:
    """Roots that are no object, choices, open objects, schemas that refer to themselves."""
    assert closed_schema(schema) is None


def test_a_definition_may_be_used_twice() -> None:
    """That is no recursion."""
    both = {name: {"$ref": "#/$defs/point"} for name in ("a", "b")}

    assert closed_schema({"type": "object", "properties": both, "$defs": POINT}) is not None
