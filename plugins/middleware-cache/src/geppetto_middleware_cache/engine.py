"""CachingEngine: stands in front of the engine itself, asks what is kept, else the engine, and keeps what it says."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from geppetto.engine import Listening
from geppetto.events import AttemptDiscarded, Citations, ProviderCallMetadata, ServerToolProgress

from geppetto_middleware_cache.again import answer_again
from geppetto_middleware_cache.hit import CacheHit

if TYPE_CHECKING:
    from geppetto.engine import Engine, RunContext
    from geppetto.events import Event
    from geppetto.turns import Turn

    from geppetto_middleware_cache.shelf import Shelf

__all__ = ["CachingEngine"]

#: events that blocks and results do not tell, and a Reply does not publish by itself
_TOLD = (Citations, ProviderCallMetadata, ServerToolProgress)


class CachingEngine:
    """Complete turns from a shelf, or by `inner`, whose whole replies go there; `inner` may be another cache's."""

    def __init__(self, inner: Engine, shelf: Shelf) -> None:
        self._inner, self._shelf = inner, shelf
        #: who is asked in the end
        self.behind: Engine = inner.behind if isinstance(inner, CachingEngine) else inner

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete `turn`; what goes wrong with the shelf is logged, and the engine is asked."""
        key = self._shelf.key_of(ctx, turn, self.behind)
        if not key:
            return await self._inner.run_inference(ctx, turn)
        found = await self._shelf.find(key)
        if found is None:
            return await self._asked(ctx, turn, key)
        entry, age = found
        usage = entry.result.usage
        ctx.emit(CacheHit(key, age, usage.to_json() if usage else {}, entry.cost))
        return await answer_again(ctx, turn, entry)

    async def _asked(self, ctx: RunContext, turn: Turn, key: str) -> Turn:
        """Ask the engine and keep its reply, if it is one that another run may have."""
        from geppetto.engine.keys import INFERENCE_RESULT

        events: list[Event] = []
        asked = turn.clone()
        asked.metadata.delete(
            INFERENCE_RESULT
        )  # of an earlier reply of the run: it would be taken for this one's
        heard = ctx.derive(port=Listening(ctx.port, lambda event, _at: _hear(events, event)))
        reply = await self._inner.run_inference(heard, asked)
        task: Any = asyncio.current_task()
        whole = not task.cancelling() and not any(isinstance(event, CacheHit) for event in events)
        if whole:
            await self._shelf.keep(key, asked, reply, events, ctx.host)
        return reply


def _hear(events: list[Event], event: Event) -> None:
    if isinstance(event, AttemptDiscarded):
        events.clear()
    elif isinstance(
        event, (*_TOLD, CacheHit)
    ):  # a hit of another cache: it is not as fresh as it would look here
        events.append(event)
