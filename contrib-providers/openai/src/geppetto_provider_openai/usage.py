"""Usage at this API: counts that overlap, taken apart into buckets that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_usage"]


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """Return the buckets of a usage object; what it does not say stays None.

    OpenAI's prompt_tokens include cached and audio tokens, its completion_tokens reasoning and audio. Some hosts count
    one of them beside (xAI reasoning, Mistral audio): the total tells.
    """
    total = _count(raw, "total_tokens")
    prompt, completion = _count(raw, "prompt_tokens"), _count(raw, "completion_tokens")
    inputs, outputs = _details(raw, "prompt_tokens_details"), _details(raw, "completion_tokens_details")
    audio, reasoning = _count(inputs, "audio_tokens"), _count(outputs, "reasoning_tokens")
    gap = None if total is None else total - (prompt or 0) - (completion or 0)
    if prompt is not None and audio and gap == audio:
        prompt += audio
    elif completion is not None and reasoning and gap == reasoning:
        completion += reasoning
    cached = _count(inputs, "cached_tokens")
    if cached is None:
        cached = _count(raw, "prompt_cache_hit_tokens")  # DeepSeek
    read, written, heard, fresh = _take_apart(prompt, cached, _count(inputs, "cache_write_tokens"), audio)
    thought, spoken, text = _take_apart(completion, reasoning, _count(outputs, "audio_tokens"))
    return Usage(
        input_uncached=fresh,
        cache_read=read,
        cache_write=written,
        input_audio=heard,
        output_text=text,
        reasoning=thought,
        output_audio=spoken,
        total=total,
        raw=dict(raw),
    )


def _take_apart(whole: int | None, *parts: int | None) -> list[int | None]:
    """Return the parts, none larger than what is left of the whole, and the rest at the end."""
    if whole is None:
        return [*parts, None]
    taken: list[int | None] = []
    for part in parts:
        fitting = None if part is None else min(part, whole)
        whole -= fitting or 0
        taken.append(fitting)
    return [*taken, whole]


def _count(counts: Mapping[str, Any], name: str) -> int | None:
    value = counts.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _details(raw: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = raw.get(name)
    return value if isinstance(value, dict) else {}
