"""Operations that turn texts into vectors."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.embedding.client import EmbeddingClient
from geppetto.errors import RunCancelled

from geppetto_js.api.ops import awaited, operation, promised

if TYPE_CHECKING:
    from geppetto_js.api.state import ApiState

__all__ = ["EmbeddingOps"]


@dataclass(slots=True)
class _Pending:
    """A request that can be cancelled; its task exists once it was waited for."""

    client: EmbeddingClient
    texts: list[str]
    task: asyncio.Task[list[Any]] | None = None
    cancelled: bool = False


class EmbeddingOps:
    """`gp.embeddings` and the globals of the older bridge."""

    def __init__(self, state: ApiState) -> None:
        self._state = state

    @operation
    def embedder_new(self, name: str, options: dict[str, Any]) -> int:
        """Make an embedder."""
        cache = options.pop("cache", None)
        return self._state.keep(self._state.bounded.embedder(name, cache=cache, **options))

    @operation
    def embedder_model(self, ref: int) -> dict[str, Any]:
        """Return the model's name, and its dimensions where they are known."""
        client = self._client(ref)
        return {"name": client.model, "dimensions": client.dimensions}

    @awaited
    async def embed(self, ref: int, texts: list[str]) -> list[list[float]]:
        """Return a vector for each text."""
        return await _vectors(self._client(ref), texts)

    @promised
    async def embed_async(self, ref: int, texts: list[str]) -> list[list[float]]:
        """Promise a vector for each text."""
        return await _vectors(self._client(ref), texts)

    @operation
    def embed_cancellable(self, ref: int, texts: list[str]) -> int:
        """Prepare a request that can be cancelled."""
        return self._state.keep(_Pending(self._client(ref), texts))

    @promised
    async def embed_started(self, ref: int) -> list[list[float]]:
        """Send a prepared request and promise its vectors; a cancelled one ends with RunCancelled."""
        pending = self._state.find(ref, _Pending)
        if not pending.cancelled:
            pending.task = asyncio.ensure_future(_vectors(pending.client, pending.texts))
            await asyncio.wait([pending.task])
        self._state.release(ref)
        if pending.task is None or pending.task.cancelled():
            raise RunCancelled("the embedding was cancelled")
        return pending.task.result()

    @operation
    def embed_cancel(self, ref: int) -> None:
        """Cancel a request; one that has ended is left alone."""
        pending = self._state.peek(ref)
        if isinstance(pending, _Pending):
            pending.cancelled = True
            if pending.task is not None:
                self._state.host.loop().call_soon_threadsafe(pending.task.cancel)

    def _client(self, ref: int) -> EmbeddingClient:
        return self._state.find(ref, EmbeddingClient)


async def _vectors(client: EmbeddingClient, texts: list[str]) -> list[list[float]]:
    found = await client.embed_async(texts)
    return [list(vector) for vector in found.vectors]
