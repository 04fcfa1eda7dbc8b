"""JavaScript values on their way in: tagged JSON text, and plain data whose numbers need a look."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geppetto_js.errors import JsValueUnsupported
from geppetto_js.values.plain import SAFE_INT

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Unpacker", "whole"]


def whole(value: float) -> float:
    """Return a whole number that JavaScript holds exactly as int: there 1.0 and 1 are the same."""
    if value.is_integer() and -SAFE_INT <= value <= SAFE_INT:
        return int(value)
    return value


def whole_parts(value: Any) -> Any:
    """Do the same in the parts of a dict or list that is ours alone, in place."""
    for key, part in value.items() if type(value) is dict else enumerate(value):
        kind = type(part)
        if kind is float:
            if part.is_integer():
                value[key] = whole(part)
        elif kind is dict or kind is list:
            whole_parts(part)
    return value


class Unpacker:
    """Read tagged text; handles are made by the two callables."""

    def __init__(self, function: Callable[[int], Any], promise: Callable[[int], Any]) -> None:
        self._kinds: dict[str, Callable[[Any], Any]] = {
            "bigint": lambda text: int(text, 16),
            "number": float,
            "bytes": lambda text: text.encode("latin-1"),
            "object": dict,
            "function": function,
            "promise": promise,
        }

    def __call__(self, text: str) -> Any:
        """Return the value; raise JsValueUnsupported where JavaScript found what cannot cross."""
        return json.loads(text, object_hook=self._tagged, parse_float=_float, parse_int=_int)

    def _tagged(self, found: dict[str, Any]) -> Any:
        kind = found.get("$js")
        if kind is None:
            return found
        if kind == "unsupported":
            raise JsValueUnsupported(found["pointer"], found["reason"])
        return self._kinds[kind](found["v"])


def _float(text: str) -> float:
    return whole(float(text))


def _int(text: str) -> float:
    """Read digits as the number that JavaScript has: it writes the shortest that mean it, not all that it has."""
    number = int(text)
    return number if -SAFE_INT <= number <= SAFE_INT else float(text)
