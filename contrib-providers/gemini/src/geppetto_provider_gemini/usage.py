"""Usage at this API: counts that overlap, taken apart into buckets that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["merge_usage", "read_usage"]

_AUDIO = ("AUDIO", 4)  # Vertex AI may number its enums


def merge_usage(known: dict[str, Any], found: Mapping[str, Any]) -> None:
    """Take over what a chunk says: each is a snapshot of the whole, so the last word on a field counts."""
    known.update({name: value for name, value in found.items() if value is not None})


def read_usage(raw: Mapping[str, Any]) -> Usage:
    """Return the buckets of a usage object; what it does not say stays None.

    The prompt's count includes what came from a cache but not what server tools read; the candidates' count leaves out
    the thoughts. One count that is missing follows from the total.
    """
    total, prompt, tools = _count(raw, "totalTokenCount"), _count(raw, "promptTokenCount"), _tools(raw)
    said, thought = _count(raw, "candidatesTokenCount"), _count(raw, "thoughtsTokenCount")
    gap = (total or 0) - sum(count or 0 for count in (prompt, tools, said, thought))
    if gap > 0 and said is None:
        said = gap
    elif gap > 0 and prompt is None:
        prompt = gap
    whole = None if prompt is None and tools is None else (prompt or 0) + (tools or 0)
    heard = _less(_audio(raw, "promptTokensDetails"), _audio(raw, "cacheTokensDetails"))
    read, heard, fresh = _take_apart(whole, _count(raw, "cachedContentTokenCount"), heard)
    spoken, text = _take_apart(said, _audio(raw, "candidatesTokensDetails"))
    return Usage(
        input_uncached=fresh,
        cache_read=read,
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


def _count(raw: Mapping[str, Any], name: str) -> int | None:
    value = raw.get(name)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _tools(raw: Mapping[str, Any]) -> int | None:
    return _count(raw, "toolUsePromptTokenCount")


def _audio(raw: Mapping[str, Any], name: str) -> int | None:
    details = [entry for entry in raw.get(name) or () if entry.get("modality") in _AUDIO]
    return sum(_count(entry, "tokenCount") or 0 for entry in details) if details else None


def _less(whole: int | None, part: int | None) -> int | None:
    return None if whole is None else max(0, whole - (part or 0))
