"""From what a handler gave to an outcome: its call's id, and a result that JSON can say."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto.errors import EncodeError, GeppettoError
from geppetto.tooling.definition import ToolOutcome
from geppetto.turns import freeze

if TYPE_CHECKING:
    from geppetto.turns import ToolCall

__all__ = ["failure", "outcome_of", "raised", "settled"]

_log = logging.getLogger("geppetto.tools")


def failure(call: ToolCall, status: str, code: str, error: str, attempts: int = 1) -> ToolOutcome:
    """Make the outcome of a call that gave no result."""
    return ToolOutcome(call.id, status, error=error, code=code, attempts=attempts)


def raised(call: ToolCall, error: Exception, attempts: int = 1) -> ToolOutcome:
    """Make the outcome of a call whose handler, or a middleware around it, raised."""
    _log.debug("tool %s failed", call.name, exc_info=error)
    code = error.code if isinstance(error, GeppettoError) else "TOOL_FAILED"
    outcome = failure(call, "error", code, str(error) or type(error).__name__, attempts)
    return replace(outcome, cause=error)


def outcome_of(call: ToolCall, result: Any, attempt: int) -> ToolOutcome:
    """Read what a handler gave: an outcome of its own, or the result."""
    if isinstance(result, ToolOutcome):
        return settled(call, replace(result, attempts=attempt))
    return settled(call, ToolOutcome(call.id, result=result, attempts=attempt))


def settled(call: ToolCall, outcome: ToolOutcome) -> ToolOutcome:
    """Return the outcome under its call's id and as JSON; what cannot be written becomes an error saying so."""
    try:
        parts = tuple(_json(part) for part in outcome.parts)
        return replace(outcome, call_id=call.id, result=_json(outcome.result), parts=parts)
    except EncodeError as error:
        text = f"the result cannot be written: {error}"
        return failure(call, "error", "TOOL_RESULT_INVALID", text, outcome.attempts)


def _json(result: Any) -> Any:
    """Return a result as frozen JSON: as it is, else as pydantic writes it (models, dataclasses, dates, text in bytes)."""
    try:
        return freeze(result, "result")
    except EncodeError:
        return _as_pydantic_writes_it(result)
    except RecursionError as error:
        raise EncodeError("result: nested too deeply, or within itself", subject="result") from error


def _as_pydantic_writes_it(result: Any) -> Any:
    from pydantic_core import to_jsonable_python

    try:
        written = to_jsonable_python(result)
    except Exception as error:  # a serializer of a stranger's model may raise anything
        raise EncodeError(f"result: value not serializable as JSON: {error}", subject="result") from error
    return freeze(written, "result")
