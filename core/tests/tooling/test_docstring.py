"""What docstrings say, in the styles that people write."""

import pytest
from geppetto.tooling.docstring import read_docstring


@pytest.mark.parametrize("text", [None, "", "   \n  "])
def test_no_docstring_says_nothing(text: str | None) -> None:
    """A function without one has neither description nor texts."""
    assert read_docstring(text) == ("", {})


def test_the_description_is_all_before_the_first_section() -> None:
    """Paragraphs become one text with single blanks."""
    text = "Do it.\n\n    Then do\n    more.\n\n    Returns:\n        nothing\n"

    assert read_docstring(text) == ("Do it. Then do more.", {})


def test_google_sections_after_the_arguments_are_not_parameters() -> None:
    """`Returns` and `Raises` end the list; types, stars and colons in the text are read."""
    text = """Do it.

    Args:
        a (int, optional): first: the best
        *rest: others
        **more: yet others
            example: x

    Raises:
        ValueError: never
    """

    assert read_docstring(text)[1] == {
        "a": "first: the best",
        "rest": "others",
        "more": "yet others example: x",
    }


def test_rest_fields_that_are_no_parameters_end_the_one_before() -> None:
    """A continued `:returns:` does not become part of the last parameter, and a leading one no description."""
    text = (
        "Do it.\n\n:raises ValueError: never\n:param a: first\n:type a: int\n:returns: what\n    it gives\n"
    )

    assert read_docstring(text) == ("Do it.", {"a": "first"})


def test_numpy_sections_end_at_the_next_underlined_one() -> None:
    """Only parameters are read."""
    text = """Do it.

    Parameters
    ----------
    a : int, optional
        first

        still first
    Returns
    -------
    int
        the number
    """

    assert read_docstring(text) == ("Do it.", {"a": "first still first"})


@pytest.mark.parametrize(
    "text",
    [
        "Do it.\n\nArgs:\n    a: first\n    b (int): second\n        goes on\n",
        "Do it.\n\nParameters\n----------\na : str\n    first\nb : int\n    second\n    goes on\n",
        "Do it.\n\n:param a: first\n:param int b: second\n    goes on\n:returns: x\n",
    ],
    ids=["google", "numpy", "rest"],
)
def test_three_styles_of_docstrings_are_read(text: str) -> None:
    """Description and parameters come out the same."""
    assert read_docstring(text) == ("Do it.", {"a": "first", "b": "second goes on"})
