"""Why the model stopped: one table of the vendor's words, corrected by what the reply holds."""

from __future__ import annotations

from typing import Any

from geppetto.turns import FinishClass

__all__ = ["block_word", "finish_class", "finish_word"]

_FILTERED = (
    "SAFETY", "RECITATION", "LANGUAGE", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "IMAGE_SAFETY",
    "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION", "IMAGE_OTHER", "MODEL_ARMOR", "ESCALATION",
)  # fmt: skip
_FAILED = (
    "OTHER", "MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "MALFORMED_RESPONSE", "MISSING_THOUGHT_SIGNATURE",
    "TOO_MANY_TOOL_CALLS", "NO_IMAGE",
)  # fmt: skip
_CLASSES = {
    "STOP": FinishClass.COMPLETED,
    "MAX_TOKENS": FinishClass.MAX_TOKENS,
    **dict.fromkeys(_FILTERED, FinishClass.CONTENT_FILTERED),
    **dict.fromkeys(_FAILED, FinishClass.ERROR),
}
#: Vertex AI with `enum-encoding=int` numbers its reasons like this, from 0
_FINISH_NUMBERS = (
    "", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII",
    "MALFORMED_FUNCTION_CALL", "MODEL_ARMOR", "IMAGE_SAFETY", "IMAGE_PROHIBITED_CONTENT", "IMAGE_RECITATION",
    "IMAGE_OTHER", "UNEXPECTED_TOOL_CALL", "NO_IMAGE",
)  # fmt: skip
_BLOCK_NUMBERS = (
    "", "SAFETY", "OTHER", "BLOCKLIST", "PROHIBITED_CONTENT", "MODEL_ARMOR", "IMAGE_SAFETY", "JAILBREAK",
)  # fmt: skip
_UNSPECIFIED = "_UNSPECIFIED"


def finish_word(found: Any) -> str:
    """Return the vendor's word for why a candidate ended; empty while it has not."""
    return _word(found, _FINISH_NUMBERS)


def block_word(found: Any) -> str:
    """Return the vendor's word for why a prompt was blocked; empty when it was not."""
    return _word(found, _BLOCK_NUMBERS)


def _word(found: Any, numbers: tuple[str, ...]) -> str:
    if isinstance(found, int) and not isinstance(found, bool):
        return numbers[found] if 0 <= found < len(numbers) else str(found)
    word = str(found or "")
    return "" if word.endswith(_UNSPECIFIED) else word


def finish_class(word: str, *, calls: bool, blocked: bool = False) -> FinishClass:
    """Return the class of a reply; this vendor says STOP beside function calls too. `blocked` is the prompt."""
    if blocked:
        return FinishClass.CONTENT_FILTERED
    found = _CLASSES.get(word, FinishClass.UNKNOWN)
    whole = found in (FinishClass.COMPLETED, FinishClass.UNKNOWN)
    return FinishClass.TOOL_CALLS_PENDING if calls and whole else found
