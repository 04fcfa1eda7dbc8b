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
        "9**9**9", "9**-9**9", "10**400", "(-8)**0.5", "1/0", "1%0", "", "2 +", "x", "__import__('os')", "(1).real",
        "[1][0]", "'a' * 3", "True", "1 if 1 else 2", "1;2", "1,2", "(" * 300, "1+" * 400 + "1", "1e999 * 2", "0x",
    ],
)  # fmt: skip
def test_anything_else_is_refused_in_words(expression: str) -> None:
    """No expression can execute, hang or crash."""
    with pytest.raises(ValueError, match=r"\w+"):
        compute(expression)
