"""The shelf of one use of the middleware: entries by key, off the event loop, and every trouble a line in the log."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto.errors import GeppettoError

from geppetto_middleware_cache.entry import Entry, entry_of
from geppetto_middleware_cache.key import key_of
from geppetto_middleware_cache.store import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from geppetto.engine import Deps, Engine, RunContext
    from geppetto.events import Event
    from geppetto.turns import Turn

    from geppetto_middleware_cache.store import ReplyStore

__all__ = ["Shelf"]


class Shelf:
    """Find and keep entries; what goes wrong is told once in the log, and never fails a run."""

    def __init__(self, deps: Deps, store: ReplyStore, namespace: str) -> None:
        self._deps, self._store, self._namespace = deps, store, namespace
        self._told: set[str] = set()

    def key_of(self, ctx: RunContext, turn: Turn, engine: Engine) -> str:
        """Return the key of a request, or the empty text where none can be made."""
        identity = ctx.host.engine_identity(engine) if ctx.host else str(getattr(engine, "identity", ""))
        if not identity:
            self._tell("nobody can say what the engine's replies depend on", "replies are not cached")
            return ""
        try:
            return key_of(ctx, turn, identity, self._namespace)
        except (TypeError, ValueError) as error:
            self._tell(f"the request is no JSON: {error}", "its reply is not cached")
            return ""

    async def find(self, key: str) -> tuple[Entry, float] | None:
        """Return an entry and its age in seconds."""
        kept = await self._aside(lambda: self._store.get(key))
        if kept is None:
            self._deps.log.debug("cache miss: %s", key)
            return None
        try:
            return Entry.from_json(kept.body), kept.age
        except (GeppettoError, ValueError, LookupError, TypeError, AttributeError) as error:
            self._tell(f"an entry cannot be read: {error}", "the engine is asked")
            return None

    async def keep(self, key: str, asked: Turn, reply: Turn, events: Sequence[Event], host: Any) -> None:
        """Keep a reply to what was asked, if it may be, with what it cost."""

        def keep() -> None:
            entry = entry_of(asked, reply, events)
            if entry is not None:
                self._store.put(key, _priced(entry, host).to_json())

        await self._aside(keep)

    async def _aside(self, work: Callable[[], Any]) -> Any:
        """Do what blocks on a thread of the host; None where that fails, whatever it is: the reply counts more."""
        try:
            return await asyncio.wrap_future(self._deps.submit.submit(work))
        except StoreError as error:
            self._tell(f"{self._store.path}: {error}", "runs go on without it")
        except (
            Exception
        ) as error:  # what a strange engine wrote into its reply, or a host that is being closed
            self._tell(f"{type(error).__name__}: {error}", "this reply is not cached")
        return None

    def _tell(self, reason: str, consequence: str) -> None:
        if consequence not in self._told:
            self._told.add(consequence)
            self._deps.log.warning("cache: %s; %s", reason, consequence)


def _priced(entry: Entry, host: Any) -> Entry:
    """Return an entry with its cost by today's prices, where a catalogue knows them."""
    if host is None or entry.result.usage is None:
        return entry
    try:
        cost = host.models.cost_of(entry.result)
    except Exception:  # a stranger's catalogue: the reply is kept without a price
        return entry
    return replace(entry, cost=cost.to_json()) if cost else entry
