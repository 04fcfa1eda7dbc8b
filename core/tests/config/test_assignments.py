"""`path=value` as people type it."""

import pytest
from geppetto.config import read_assignments
from geppetto.errors import InvalidOption


def test_paths_nest_and_values_stay_texts() -> None:
    """Dots nest; the value may hold an equals sign."""
    assert read_assignments(["a=1", "b.c=x=y", "b.d="]) == {"a": "1", "b": {"c": "x=y", "d": ""}}


@pytest.mark.parametrize("texts", [["a"], ["=1"], ["a..b=1"], ["a=1", "a.b=2"]])
def test_what_is_no_assignment_is_refused(texts: list[str]) -> None:
    """A text without a path, an equals sign, or with a path inside a value."""
    with pytest.raises(InvalidOption, match="--set"):
        read_assignments(texts)
