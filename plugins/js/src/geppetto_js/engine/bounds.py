"""What limits and deadlines may be: the engine and the platform fail on some in words of their own, or crash."""

from __future__ import annotations

import math
import threading
from typing import Any

from geppetto_js.errors import JsUsageError

__all__ = ["check_bytes", "seconds"]

#: Python does not write all integers
_SHOWN_BITS = 64


def check_bytes(name: str, given: Any, least: int, most: int) -> None:
    """Raise JsUsageError for what is no number of bytes within a range."""
    if type(given) is not int or not least <= given <= most:
        raise _misfit(name, f"a whole number of bytes from {least} to {most}", given)


def seconds(given: Any, *, above: float | None = None) -> float | None:
    """Return how long a call may take: None for no limit and for more than a platform can wait, 0 for less than nothing.

    Raises JsUsageError for what is no time above `above`.
    """
    if given is None:
        return None
    number = isinstance(given, (int, float))
    if not number or not (given >= -math.inf if above is None else given > above):  # which NaN never is
        wanted = "a number of seconds" if above is None else f"a number of seconds above {above:g}"
        raise _misfit("timeout", wanted, given)
    return None if given >= threading.TIMEOUT_MAX else max(given, 0.0)


def _misfit(name: str, wanted: str, given: Any) -> JsUsageError:
    long = isinstance(given, int) and given.bit_length() > _SHOWN_BITS
    shown = f"an integer of {given.bit_length()} bits" if long else f"{given!r:.80}"
    return JsUsageError(
        f"{name}: expected {wanted}, got {shown}",
        code="JS_LIMIT",
        subject=name,
        next_step=f"leave {name} out, or give it another value",
    )
