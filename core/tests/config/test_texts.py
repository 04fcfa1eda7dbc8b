"""Texts from flags and the environment."""

from typing import Any

import pytest
from geppetto.config.schema import expand
from geppetto.config.texts import coerce, unquoted
from geppetto.errors import ConfigError


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "string"}, "5", "5"),
        ({"type": ["string", "null"]}, '"quoted"', '"quoted"'),
        ({"type": ["string", "null"]}, "null", None),
        ({}, "5", 5),
        ({"type": "integer"}, "5", 5),
        ({"type": "number"}, "1e3", 1000.0),
        ({"type": "boolean"}, "TRUE", True),
        ({"type": "boolean"}, "Off", False),
        ({"type": "boolean"}, "1", True),
        ({"type": ["integer", "boolean"]}, "1", 1),
        ({"enum": [1, 2, None]}, "2", 2),
        ({"const": True}, "true", True),
        ({"enum": ["1"]}, "1", "1"),
        ({"type": "array"}, "[1]", [1]),
        ({"type": ["integer", "string"]}, "x", "x"),
        ({"type": "array"}, "[a, b]", ["a", "b"]),
        ({"type": "object"}, "{a: 1, b: yes}", {"a": 1, "b": "yes"}),
        ({"type": ["array", "string"]}, "a: b", "a: b"),
        ({}, "3", 3),
        ({}, "[a]", ["a"]),
        ({}, "plain: {", "plain: {"),
        ({}, "", ""),
        ({"type": ["integer", "null"]}, "null", None),
        ({"type": ["string", "null"]}, "~", None),
    ],
)
def test_a_text_is_read_as_the_type_that_is_asked_for(schema: dict[str, Any], text: str, value: Any) -> None:
    """A text that a string may be stays as it was typed, quotes included."""
    found = coerce(text, expand(schema), "/x", "--set")

    assert repr(found) == repr(value)


@pytest.mark.parametrize(
    ("schema", "text", "message"),
    [
        ({"type": "integer"}, "1.5", "/x: '1.5' from --set is not integer"),
        ({"type": ["number", "null"]}, "NaN", "'NaN' from --set is not number"),
        ({"type": "number"}, "1e999", "'1e999' from --set is not number"),
        ({"type": "boolean"}, "maybe", "'maybe' from --set is not boolean"),
        ({"type": "object"}, '{"api_key": "canary', "/x: the text from --set is not object"),
    ],
)
def test_a_text_of_another_type_is_refused(schema: dict[str, Any], text: str, message: str) -> None:
    """A text that may hold a secret is not shown."""
    with pytest.raises(ConfigError) as caught:
        coerce(text, expand(schema), "/x", "--set")

    assert message in str(caught.value)
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"type": "integer"}, "5", 5),
        ({"type": "integer"}, "5.5", "5.5"),
        ({"type": ["number", "null"]}, "0.5", 0.5),
        ({"type": ["number", "null"]}, "null", "null"),
        ({"type": "number"}, "NaN", "NaN"),
        ({"type": "boolean"}, "yes", True),
        ({"type": "boolean"}, "1", True),
        ({"type": ["integer", "boolean"]}, "1", 1),
        ({"type": "boolean"}, "maybe", "maybe"),
        ({"type": ["integer", "string"]}, "5", "5"),
        ({"type": "array"}, "[1]", "[1]"),
        ({}, "5", "5"),
    ],
)
def test_a_document_may_have_numbers_and_switches_in_quotes(
    schema: dict[str, Any], text: str, value: Any
) -> None:
    """What is none stays a text, for the schema to refuse; whatever may be a text is one."""
    assert repr(unquoted(text, expand(schema))) == repr(value)
