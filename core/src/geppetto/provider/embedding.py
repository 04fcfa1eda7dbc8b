"""The embedder that every HTTP provider uses: batches of texts, several at once, vectors in the order of the texts."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.embedding.model import Embeddings
from geppetto.errors import GeppettoError, TransportError
from geppetto.provider.errors import invalid_reply

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from geppetto.embedding.model import Vector
    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import Deps
    from geppetto.engine.inference import Usage
    from geppetto.errors import ProviderError
    from geppetto.secret import Secret

__all__ = ["EmbeddingApi", "EmbeddingBatch", "HttpEmbedder"]

_MISREAD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


@dataclass(slots=True, frozen=True)
class EmbeddingBatch:
    """What a vendor answered to one request: vectors by the place of their text, and what it used."""

    vectors: Mapping[int, Sequence[float]]
    usage: Usage | None = None


@dataclass(slots=True, frozen=True)
class EmbeddingApi:
    """A vendor's embedding API: where it is, how texts are asked for, how the answer is read."""

    url: str
    headers: Callable[[], Mapping[str, str | Secret]]
    body: Callable[[Sequence[str]], dict[str, Any]]
    read: Callable[[Any], EmbeddingBatch]
    classify: Callable[[int, Mapping[str, str], bytes], ProviderError]
    batch: int
    parallel: int = 4


class HttpEmbedder:
    """Embed texts with one API of a vendor."""

    def __init__(
        self, identity: str, model: str, dimensions: int | None, api: EmbeddingApi, deps: Deps
    ) -> None:
        self.identity, self.model, self.dimensions = identity, model, dimensions
        self._api, self._deps = api, deps

    async def embed(self, ctx: RunContext, texts: Sequence[str]) -> Embeddings:
        """Return a vector for each text; raises ProviderError, or TransportError for an answer that does not fit."""
        batches = [texts[start : start + self._api.batch] for start in range(0, len(texts), self._api.batch)]
        lanes = asyncio.Semaphore(self._api.parallel)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._lane(lanes, ctx, batch)) for batch in batches]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from None
        found = [task.result() for task in tasks]
        vectors = [vector for batch, _ in found for vector in batch]
        return Embeddings(vectors, self.model, _sum([usage for _, usage in found]))

    async def _lane(
        self, lanes: asyncio.Semaphore, ctx: RunContext, texts: Sequence[str]
    ) -> tuple[list[Vector], Usage | None]:
        async with lanes:
            return await self._deps.transport.retrying(
                ctx, lambda _number: self._ask(ctx, texts), started=lambda: False
            )

    async def _ask(self, ctx: RunContext, texts: Sequence[str]) -> tuple[list[Vector], Usage | None]:
        async with self._deps.transport.stream(
            "POST",
            self._api.url,
            ctx=ctx,
            headers=self._api.headers(),
            json=self._api.body(texts),
            classify=self._api.classify,
        ) as response:
            answer = await response.json()
        try:
            batch = self._api.read(answer)
            return self._ordered(batch, len(texts)), batch.usage
        except GeppettoError:
            raise
        except _MISREAD as error:
            raise invalid_reply(answer) from error

    def _ordered(self, batch: EmbeddingBatch, count: int) -> list[Vector]:
        """Return the vectors in the order of the texts; the answer's own order means nothing."""
        if batch.vectors.keys() != set(range(count)):
            raise _odd(f"expected vectors of {count} texts, got those of {sorted(batch.vectors)}")
        found = [tuple(float(number) for number in batch.vectors[place]) for place in range(count)]
        for vector in found:
            if self.dimensions is None:
                self.dimensions = len(vector)
            if len(vector) != self.dimensions:
                raise _odd(f"expected vectors of {self.dimensions} numbers, got one of {len(vector)}")
            if not all(map(math.isfinite, vector)):
                raise _odd("a vector has a number that is not finite")
        return found


def _odd(problem: str) -> TransportError:
    return TransportError(
        problem, code="INVALID_RESPONSE", next_step="check the model and the setting `dimensions`"
    )


def _sum(usages: list[Usage | None]) -> Usage | None:
    known = [usage for usage in usages if usage is not None]
    total = known[0] if known else None
    for usage in known[1:]:
        total = total.plus(usage) if total else usage
    return total
