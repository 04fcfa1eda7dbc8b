"""Why the model stopped: one table of the vendor's words, corrected by what the reply holds."""

from __future__ import annotations

from geppetto.turns import FinishClass

__all__ = ["finish_class"]

_CLASSES = {
    "stop": FinishClass.COMPLETED,
    "eos": FinishClass.COMPLETED,
    "end_turn": FinishClass.COMPLETED,
    "length": FinishClass.MAX_TOKENS,
    "max_tokens": FinishClass.MAX_TOKENS,
    "model_length": FinishClass.MAX_TOKENS,
    "tool_calls": FinishClass.TOOL_CALLS_PENDING,
    "function_call": FinishClass.TOOL_CALLS_PENDING,
    "content_filter": FinishClass.CONTENT_FILTERED,
    "refusal": FinishClass.REFUSED,
    "error": FinishClass.ERROR,
    "insufficient_system_resource": FinishClass.ERROR,
}
#: the reply was cut: its last call may be incomplete
_CUT = frozenset({FinishClass.MAX_TOKENS, FinishClass.CONTENT_FILTERED, FinishClass.ERROR})


def finish_class(word: str, *, calls: bool, refused: bool) -> FinishClass:
    """Return the class; hosts say `stop` beside tool calls, or nothing, so the content is trusted first."""
    found = _CLASSES.get(word, FinishClass.UNKNOWN)
    if found in _CUT:
        return found
    if calls:
        return FinishClass.TOOL_CALLS_PENDING
    if refused:
        return FinishClass.REFUSED
    return FinishClass.COMPLETED if found is FinishClass.TOOL_CALLS_PENDING else found
