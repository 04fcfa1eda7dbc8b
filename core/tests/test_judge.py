"""Judges of values by JSON Schema."""

from typing import Any

import pytest
from geppetto.judge import Judge
from hypothesis import given
from hypothesis import strategies as st

_SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=3),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
_TYPES = st.sampled_from(["null", "boolean", "integer", "number", "string", "array", "object"])
_LEAVES = st.one_of(
    _TYPES.map(lambda kind: {"type": kind}),
    st.lists(_TYPES, min_size=1, max_size=3, unique=True).map(lambda kinds: {"type": kinds}),
    st.integers(-5, 5).map(lambda n: {"minimum": n}),
    st.integers(-5, 5).map(lambda n: {"exclusiveMaximum": n}),
    st.sampled_from([1, 2, 0.1, 0.5]).map(lambda n: {"multipleOf": n}),
    st.integers(0, 3).map(lambda n: {"maxLength": n}),
    st.integers(0, 3).map(lambda n: {"minItems": n}),
    st.lists(_SCALARS, min_size=1, max_size=3).map(lambda values: {"enum": values}),
    _SCALARS.map(lambda value: {"const": value}),
    st.just({"uniqueItems": True}),
    st.booleans(),
)
_SCHEMAS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.dictionaries(st.sampled_from("abc"), inner, max_size=3).map(lambda found: {"properties": found}),
        inner.map(lambda found: {"items": found}),
        inner.map(lambda found: {"additionalProperties": found}),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"anyOf": found}),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"oneOf": found}),
        st.lists(inner, min_size=1, max_size=3).map(lambda found: {"allOf": found}),
        inner.map(lambda found: {"not": found}),
        st.lists(st.sampled_from("abc"), max_size=2, unique=True).map(lambda found: {"required": found}),
    ),
    max_leaves=6,
).filter(lambda schema: isinstance(schema, dict))


@given(schema=_SCHEMAS, value=_VALUES)
def test_both_judges_find_the_same(schema: dict[str, Any], value: Any) -> None:
    """With the faster one and without it: the same errors in the same words, however large a number is."""
    slow = [error.message for error in Judge(schema, quick=False).errors(value)]

    assert [error.message for error in Judge(schema).errors(value)] == slow


@pytest.mark.parametrize(
    ("schema", "value", "good"),
    [
        ({"type": "integer"}, 1.0, True),
        ({"type": "integer", "maximum": 10}, 2**80, False),
        ({"enum": [2**70]}, 2**70 + 1, False),
        ({"const": 1}, True, False),
        ({"pattern": r"^\d$"}, "\u0663", True),
        ({"multipleOf": 0.1}, 0.3, False),
        ({"format": "email"}, "no address", True),
    ],
)
def test_where_judges_like_to_differ(schema: dict[str, Any], value: Any, good: bool) -> None:
    """Whatever is installed, it is jsonschema's word that counts."""
    assert (Judge(schema, quick=False).errors(value) == []) is good
    assert (Judge(schema).errors(value) == []) is good


def test_a_schema_that_is_none_is_explained() -> None:
    """And one that refers to another document reaches nothing."""
    assert "nope" in Judge({"type": "nope"}).problem()
    assert Judge({"type": "object"}).problem() == ""
    with pytest.raises(Exception, match=r"127\.0\.0\.1"):
        Judge({"$ref": "http://127.0.0.1:9/schema"}).errors({})
