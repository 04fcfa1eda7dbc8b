"""Why the model stopped: one table of the vendor's words."""

from __future__ import annotations

from geppetto.turns import FinishClass

__all__ = ["finish_class"]

_CLASSES = {
    "end_turn": FinishClass.COMPLETED,
    "stop_sequence": FinishClass.STOP_SEQUENCE,
    "max_tokens": FinishClass.MAX_TOKENS,
    "model_context_window_exceeded": FinishClass.MAX_TOKENS,
    "tool_use": FinishClass.TOOL_CALLS_PENDING,
    # a long turn of the vendor's own tools: send the conversation back as it is, and it goes on
    "pause_turn": FinishClass.INTERRUPTED,
    "refusal": FinishClass.REFUSED,
}


def finish_class(word: str, *, calls: bool) -> FinishClass:
    """Return the class; a call in a reply that ended well waits for its answer, whatever the word."""
    found = _CLASSES.get(word, FinishClass.UNKNOWN)
    if calls and found in {FinishClass.COMPLETED, FinishClass.UNKNOWN}:
        return FinishClass.TOOL_CALLS_PENDING
    return found
