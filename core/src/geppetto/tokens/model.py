"""TokenCount, and the engines that can count: those with an async method `count_tokens(ctx, turn)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from geppetto.engine.context import RunContext
    from geppetto.turns import Turn

__all__ = ["CountsTokens", "TokenCount"]


@dataclass(slots=True, frozen=True)
class TokenCount:
    """Input tokens of one request.

    `source` is `provider` (the vendor's endpoint), `tokenizer` (the vendor's table, read here; what frames messages is
    estimated) or `estimate` (by characters; `uncounted` names content that has no text, such as images).
    """

    tokens: int
    source: str
    model: str = ""
    uncounted: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON."""
        return {
            "tokens": self.tokens,
            "source": self.source,
            "model": self.model,
            "uncounted": list(self.uncounted),
        }


@runtime_checkable
class CountsTokens(Protocol):
    """An engine that says how many tokens a request would be, without a reply."""

    async def count_tokens(self, ctx: RunContext, turn: Turn, *, offline: bool = False) -> TokenCount:
        """Count the request that `run_inference` would send; `offline` makes no request."""
