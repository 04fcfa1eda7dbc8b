"""How long to wait before a failed tool call is tried again."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geppetto.engine.inference import RetryConfig

__all__ = ["backoff"]

_LONGEST = 86_400.0


def backoff(retry: RetryConfig, attempt: int) -> float:
    """Return the configured pause after try number `attempt`, in seconds and at most a day."""
    try:
        return min(retry.backoff_base * retry.backoff_factor ** (attempt - 1), _LONGEST)
    except OverflowError:  # a hook with pauses of its own may go on where this has long left all measure
        return _LONGEST
