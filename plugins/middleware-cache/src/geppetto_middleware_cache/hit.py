"""The event of a hit, for who watches a run: nothing was asked, and this is what it saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from geppetto.events import Event

__all__ = ["CacheHit"]


@dataclass(slots=True)
class CacheHit(Event):
    """The reply that follows is from the cache.

    `age` are the seconds since the engine gave it, `usage` and `cost` what it took then; an empty `cost` is not known.
    """

    type = "cache.hit"
    key: str = ""
    age: float = 0.0
    usage: dict[str, Any] = field(default_factory=dict)
    cost: dict[str, Any] = field(default_factory=dict)
