"""The middleware `cache`: it puts a CachingEngine in front of the run's engine, wherever in the chain it stands.

So a key is made of the request as it is sent, system prompt and all, and a kept reply passes the other middlewares as an
engine's does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto_middleware_cache.engine import CachingEngine
from geppetto_middleware_cache.shelf import Shelf

if TYPE_CHECKING:
    from geppetto.engine import Deps, RunContext
    from geppetto.middleware import TurnNext
    from geppetto.turns import Turn

    from geppetto_middleware_cache.store import ReplyStore

__all__ = ["Cache"]


class Cache:
    """Wrap engine calls, unless the host or the run says that there is no cache."""

    name = "cache"

    def __init__(self, deps: Deps, store: ReplyStore, *, namespace: str = "") -> None:
        self._shelf = Shelf(deps, store, namespace)

    async def call(self, ctx: RunContext, turn: Turn, call_next: TurnNext) -> Turn:
        """Have the call answered by what is kept, or keep what the engine says."""
        if ctx.engine is not None and ctx.may_cache:
            ctx = ctx.derive(engine=CachingEngine(ctx.engine, self._shelf))
        return await call_next(ctx, turn)
