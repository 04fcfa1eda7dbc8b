"""The calculator computes and never executes."""

import math

import pytest
from geppetto.builtin.arithmetic import compute
from hypothesis import given
from hypothesis import strategies as st

_NUMBERS = st.integers(-1000, 1000).map(str)
_EXPRESSIONS = st.recursive(
    _NUMBERS.map(lambda n: f"({n})"),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(
        lambda t: f"({t[0]} {t[1]} {t[2]})"
    ),
    max_leaves=8,
)


@given(expression=_EXPRESSIONS)
def test_it_agrees_with_python_on_arithmetic(expression: str) -> None:
    """Sums, differences and products of whole numbers are exact."""
    assert compute(expression) == eval(expression)


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("7 / 2", 3.5),
        ("6 / 2", 3),
        ("7 // 2", 3),
        ("7 % 4", 3),
        ("2 ^ 10", 1024),
        ("-3 + +5", 2),
        ("0.1 + 0.2", 0.1 + 0.2),
    ],
)
def test_signs_mean_what_people_expect(expression: str, value: float) -> None:
    """Division gives whole numbers where it can."""
    assert math.isclose(compute(expression), value)


@pytest.mark.parametrize(
    "expression",
    [
        "9**9**9", "10**400", "(-8)**0.5", "1/0", "1%0", "", "2 +", "x", "__import__('os')", "(1).real",
        "[1][0]", "'a' * 3", "True", "1 if 1 else 2", "1;2", "1,2", "(" * 300, "1+" * 400 + "1", "1e999 * 2", "0x",
        "2**1201", "9**9**0.5**-9", "3j", "1if 2else 3", "1\x00", "٣ + ٤", "-" * 499, "1 (2)", "()", "1e308 * 10", "9" * 400,
        "(9**300) ** 300", "1_0_", "0777", "2 2",
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_words(expression: str) -> None:
    """No expression can execute, hang or crash."""
    with pytest.raises(ValueError, match=r"\w+"):
        compute(expression)


_SMALL = st.one_of(st.integers(-20, 20).map(str), st.sampled_from(["0.5", "2.25", "1e2", "7."]))
_ALL = st.recursive(
    _SMALL.map(lambda n: f"({n})"),
    lambda inner: st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "//", "%", "**"]), inner).map(
        lambda t: f"({t[0]} {t[1]} {t[2]})"
    ),
    max_leaves=4,
)


@given(expression=_ALL)
def test_it_gives_what_python_gives_or_refuses_in_words(expression: str) -> None:
    """Every sign: the same value, exactly; what Python cannot compute, or what is too large, is a ValueError."""
    try:
        value = compute(expression)
    except ValueError as error:
        assert str(error)  # noqa: PT017  # refusing is right for some
        return

    expected = eval(expression)
    assert value == expected
    assert not isinstance(value, float) or math.isfinite(value)


@given(text=st.text(max_size=60))
def test_no_text_does_anything_but_compute_or_be_refused(text: str) -> None:
    """No other exception, and no warning of Python's parser, whatever the model writes."""
    try:
        assert isinstance(compute(text), int | float)
    except ValueError as error:
        assert str(error)  # noqa: PT017  # most texts are refused


@given(text=st.text("0123456789.eE_+-*/%()^ ", max_size=40))
def test_no_text_of_the_right_signs_does_either(text: str) -> None:
    """The same for texts that could be expressions."""
    try:
        assert isinstance(compute(text), int | float)
    except ValueError as error:
        assert str(error)  # noqa: PT017  # most texts are refused


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("1.0001 ** 3650", 1.0001**3650),
        ("1 ** 999999999", 1),
        ("2 ** 900", 2**900),
        ("2 ** -3", 0.125),
        ("(-1)**99999", -1),
    ],
)
def test_powers_that_stay_small_are_computed(expression: str, value: float) -> None:
    """Only results that would be too large are refused: interest over ten years is not."""
    assert compute(expression) == value
