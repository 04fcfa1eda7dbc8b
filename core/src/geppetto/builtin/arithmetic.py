"""Arithmetic as the calculator tool does it: an expression is parsed, checked and computed, never executed."""

from __future__ import annotations

import ast
import math
import operator
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["compute"]

_BINARY: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: operator.pow,
}
_UNARY: dict[type[ast.AST], Callable[[Any], Any]] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_SIGNS = re.compile(r"[0-9.eE_+\-*/%()^\s]*")
_MOST_CHARACTERS = 500
_MOST_DIGITS = 300
_REFUSAL = "only numbers, + - * / // % ** and brackets are possible"


def compute(expression: str) -> int | float:
    """Return the value of an expression of numbers, + - * / // % ** and brackets.

    Raises ValueError, in words for the model, for anything else, for a division by zero and for numbers that are too
    large.
    """
    if len(expression) > _MOST_CHARACTERS:
        msg = f"the expression is longer than {_MOST_CHARACTERS} characters"
        raise ValueError(msg)
    if not _SIGNS.fullmatch(expression):  # also: Python's parser warns aloud about some of what it takes
        raise ValueError(_REFUSAL)
    try:
        tree = ast.parse(expression.strip().replace("^", "**"), mode="eval")
        value = _value(tree.body)
    except ZeroDivisionError:
        msg = "division by zero"
        raise ValueError(msg) from None
    except (SyntaxError, RecursionError, MemoryError):
        msg = f"not an arithmetic expression: {expression!r}"
        raise ValueError(msg) from None
    except OverflowError:
        msg = "the result is too large"
        raise ValueError(msg) from None
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value  # noqa: PLR2004  # below it a float is exact


def _value(node: ast.expr) -> int | float:
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return _checked(node.value)
    if isinstance(node, ast.UnaryOp) and type(node.op) in _UNARY:
        return _checked(_UNARY[type(node.op)](_value(node.operand)))
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Pow) and isinstance(left, int) and isinstance(right, int):
            _refuse_towers(left, right)
        return _checked(_BINARY[type(node.op)](left, right))
    raise ValueError(_REFUSAL)


def _checked(value: Any) -> int | float:
    if isinstance(value, complex):
        msg = "the result is not a real number"
        raise ValueError(msg)  # noqa: TRY004  # for the model it is the value that is wrong
    if isinstance(value, float) and not math.isfinite(value):
        raise OverflowError
    if isinstance(value, int) and value.bit_length() > _MOST_DIGITS * 4:
        raise OverflowError
    number: int | float = value
    return number


def _refuse_towers(base: int, exponent: int) -> None:
    """Refuse a power of whole numbers before it is computed, when its result would have too many digits."""
    if exponent * (base.bit_length() - 1) > _MOST_DIGITS * 4:
        raise OverflowError
