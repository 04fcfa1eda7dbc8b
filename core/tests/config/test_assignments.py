"""`path=value` as people type it."""

import pytest
from geppetto.config import read_assignments
from geppetto.errors import InvalidOption


def test_paths_nest_and_values_stay_texts() -> None:
    """Dots nest; the value may hold an equals sign."""
    assert read_assignments(["a=1", "b.c=x=y", "b.d="]) == {"a": "1", "b": {"c": "x=y", "d": ""}}


@pytest.mark.parametrize("texts", [["a"], ["=1"], ["a..b=1"], ["a=1", "a.b=2"], ["a.b=2", "a=1"], [" . =1"]])
def test_what_is_no_assignment_is_refused(texts: list[str]) -> None:
    """A text without a path, an equals sign, or with a path inside a value."""
    with pytest.raises(InvalidOption, match="--set"):
        read_assignments(texts)


def test_blanks_around_path_parts_are_nothing_and_in_values_something() -> None:
    """The last of two equal paths wins."""
    assert read_assignments([" a . b = x ", "c=1", "c=2"]) == {"a": {"b": " x "}, "c": "2"}


def test_a_refusal_does_not_show_the_value() -> None:
    """It may be a key."""
    with pytest.raises(InvalidOption, match="--key") as caught:
        read_assignments(["a=canary", "a.b=canary"], option="--key")

    assert "canary" not in str(caught.value)
