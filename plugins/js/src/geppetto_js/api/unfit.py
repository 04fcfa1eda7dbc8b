"""What of a script's value JSON cannot say: where it stands, and what to give instead, in the words of JavaScript."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from geppetto.config.pointer import join
from geppetto.errors import EncodeError, ToolError
from geppetto.turns import freeze

from geppetto_js.values.handles import JsFunction, JsPromise

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["in_words_of_scripts", "result_of"]

_NEXT_STEP = "give plain data: null, booleans, finite numbers, text, arrays, and objects of these"


def result_of(what: str, value: Any) -> Any:
    """Return what a script's tool or hook gave, as frozen JSON; raise ToolError naming the part that is none."""
    try:
        return freeze(value, "result")
    except EncodeError as error:
        place, reason = _unfit(value, "result") or (error.subject, error.message)
        raise ToolError(
            f"{what}: {place} {reason}", code="TOOL_RESULT_INVALID", subject=place, next_step=_NEXT_STEP
        ) from error


def in_words_of_scripts(error: EncodeError, where: str, parts: Mapping[str, Any]) -> EncodeError:
    """Return the error of a turn or block with the name that the part has in the script; `parts` is what was given."""
    try:
        found = _unfit(parts, "")
    except RecursionError:  # it is inside itself, as the error says
        return error
    if found is None:
        return error
    place, reason = found[0].removeprefix("/"), found[1]
    return EncodeError(f"{where}: {place} {reason}", subject=place, next_step=_NEXT_STEP)


def _unfit(value: Any, place: str) -> tuple[str, str] | None:
    """Return the place of the first part that is no JSON, and what it is."""
    if isinstance(value, (dict, list)):
        parts = value.items() if isinstance(value, dict) else enumerate(value)
        return next(filter(None, (_unfit(part, join(place, key)) for key, part in parts)), None)
    try:
        freeze(value)
    except EncodeError:
        return place, _reason(value)
    return None


def _reason(value: Any) -> str:
    if isinstance(value, JsPromise):
        return "is a promise: await it"
    if isinstance(value, JsFunction):
        return "is a function: give plain data instead"
    if isinstance(value, bytes):
        return "is bytes: give text instead, or base64"
    if isinstance(value, float):
        name = "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
        return f"is {name}, which is no JSON number: give null or a text instead"
    return "is an integer of more than 4300 digits: give a text instead"
