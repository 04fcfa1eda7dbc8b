"""What options take: a value that does not fit is refused with what was expected and what came."""

import math
from pathlib import Path
from typing import Any

import pytest
from geppetto.errors import InvalidOption
from geppetto.given import (
    DEADLINE,
    NUMBER,
    SECONDS,
    TEXT,
    WHOLE,
    Rule,
    a,
    callables,
    check,
    entries,
    function,
    listeners,
    mapping,
    one_of,
    optional,
    places,
)


@pytest.mark.parametrize(
    ("rule", "value"),
    [
        (TEXT, ""),
        (SECONDS, 0),
        (DEADLINE, None),
        (DEADLINE, math.inf),
        (NUMBER, 1),
        (WHOLE, 0),
        (a(dict, "a dict"), {}),
        (optional(TEXT), None),
        (one_of(["up", "down"]), "up"),
        (function("a callable"), print),
        (callables("callables"), [print]),
        (callables("callables"), ()),
        (listeners("callables"), {"*": print}),
    ],
)
def test_a_value_that_fits_passes(rule: Rule, value: Any) -> None:
    """Nothing is said of it."""
    check("it", value, rule)


@pytest.mark.parametrize(
    ("rule", "value", "got"),
    [
        (TEXT, 3, "3"),
        (SECONDS, True, "True"),
        (SECONDS, math.inf, "inf"),
        (SECONDS, -1, "-1"),
        (DEADLINE, math.nan, "nan"),
        (DEADLINE, "5", "'5'"),
        (NUMBER, 0, "0"),
        (NUMBER, 1.5, "1.5"),
        (WHOLE, -1, "-1"),
        (optional(TEXT), 3, "3"),
        (one_of(["up", "down"]), [], "list"),
        (function("a callable"), 3, "3"),
        (callables("callables"), print, "builtin_function_or_method"),
        (callables("callables"), [print, 3], "3 among them"),
        (callables("callables"), (print for _ in "a"), "generator"),
        (callables("callables"), {"*": print}, "dict"),
        (listeners("callables"), print, "builtin_function_or_method"),
        (listeners("callables"), {"log": 3}, "3 for 'log'"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_with_what_came(rule: Rule, value: Any, got: str) -> None:
    """The option is the subject, and the next step says what it takes."""
    with pytest.raises(InvalidOption) as caught:
        check("it", value, rule)

    assert caught.value.message == f"it: expected {rule.expected}, got {got}"
    assert (caught.value.subject, caught.value.next_step) == ("it", f"pass {rule.expected}")


def test_what_may_hold_secrets_is_told_by_its_type() -> None:
    """An object's values do not get into the message."""
    with pytest.raises(InvalidOption) as caught:
        check("it", {"api_key": "sk-1"}, TEXT)

    assert "sk-1" not in caught.value.message


def test_an_object_that_is_left_out_is_empty() -> None:
    """None is no values; a text is no object."""
    assert mapping("it", None) == {}
    assert mapping("it", {"a": 1}) == {"a": 1}
    with pytest.raises(InvalidOption, match="expected an object of names and values, got 'a'"):
        mapping("it", "a")


@pytest.mark.parametrize("value", ["ab", b"ab", {"a": 1}, 3, None])
def test_a_text_or_an_object_is_no_list(value: Any) -> None:
    """Its letters or its names are not what somebody meant; anything else that gives entries is a list."""
    with pytest.raises(InvalidOption, match="it: expected a list of things"):
        entries("it", value, "a list of things")

    assert list(entries("it", iter("ab"), "a list of things")) == ["a", "b"]


def test_places_are_texts_and_paths() -> None:
    """A text is left to who divides it; a path and a list are lists of texts."""
    assert places("it", None) is None
    assert places("it", "a,b") == "a,b"
    assert places("it", Path("a")) == ["a"]
    assert places("it", ("a", Path("b"))) == ["a", "b"]
    with pytest.raises(InvalidOption, match="a place of it: expected a text, got 3"):
        places("it", [3])
