"""Usage at this API: input tokens leave out what the cache read and wrote, output tokens include thinking."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_usage"]


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """Return the buckets of a usage object; the API gives no total, so none is told."""
    output, details = _count(raw, "output_tokens"), raw.get("output_tokens_details")
    thought = _count(details, "thinking_tokens") if isinstance(details, dict) else None
    if output is not None and thought is not None:
        thought = min(thought, output)
        output -= thought
    return Usage(
        input_uncached=_count(raw, "input_tokens"),
        cache_read=_count(raw, "cache_read_input_tokens"),
        cache_write=_count(raw, "cache_creation_input_tokens"),
        output_text=output,
        reasoning=thought,
        raw=dict(raw),
    )


def _count(counts: Mapping[str, Any], name: str) -> int | None:
    value = counts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None
