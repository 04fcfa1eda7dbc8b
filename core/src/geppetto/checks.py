"""Checks: what a plugin tells `geppetto doctor` about this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Check"]


@dataclass(slots=True, frozen=True)
class Check:
    """Look at something that a plugin depends on; `examine()` gives plain facts, and raises when it is unusable."""

    name: str
    examine: Callable[[], Mapping[str, Any]]
    description: str = ""
