"""EmbeddingClient: an embedder with its cache, for plain code and for async code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.embedding.cache import key_of
from geppetto.embedding.model import Embeddings
from geppetto.engine.outside import outside_context
from geppetto.errors import InvalidOption
from geppetto.middleware.bridge import call_plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.embedding.cache import EmbeddingCache
    from geppetto.embedding.model import Embedder, Vector

__all__ = ["EmbeddingClient"]


class EmbeddingClient:
    """Turn texts into vectors; what the cache has is not asked for again, and each text is asked for once.

    The cache, which may be a disk, is read and written on the host's threads.
    """

    def __init__(self, embedder: Embedder, host: Any, cache: EmbeddingCache | None = None) -> None:
        self._embedder, self._host, self._cache = embedder, host, cache

    @property
    def model(self) -> str:
        """The model that makes the vectors."""
        return self._embedder.model

    @property
    def dimensions(self) -> int | None:
        """The length of a vector; None until the first one, where the settings do not say."""
        return self._embedder.dimensions

    def embed(self, texts: Sequence[str], *, timeout: float | None = None) -> Embeddings:
        """Return a vector for each text, in plain code; `timeout` in seconds. Raises ProviderError, TransportError."""
        found: Embeddings = self._host.wait_for(self.embed_async(texts, timeout=timeout))
        return found

    async def embed_async(
        self,
        texts: Sequence[str],
        *,
        timeout: float | None = None,  # noqa: ASYNC109  # the transport enforces it
    ) -> Embeddings:
        """Return a vector for each text."""
        if isinstance(texts, str) or not all(isinstance(text, str) for text in texts):
            raise InvalidOption("expected a list of texts", subject="texts")
        keys = {text: key_of(self._embedder.identity, text) for text in texts}
        known = await self._known(keys)
        missing = [text for text in keys if text not in known]
        usage = None
        if missing:
            fresh = await self._embedder.embed(outside_context(timeout, host=self._host), missing)
            usage = fresh.usage
            made = dict(zip(missing, fresh.vectors, strict=True))
            known |= made
            await self._keep({keys[text]: vector for text, vector in made.items()})
        return Embeddings([known[text] for text in texts], self._embedder.model, usage)

    async def _known(self, keys: dict[str, str]) -> dict[str, Vector]:
        if self._cache is None:
            return {}
        found: dict[str, Vector] = await call_plain(self._host.threads, _read, (self._cache, keys))
        return found

    async def _keep(self, vectors: dict[str, Vector]) -> None:
        if self._cache is not None:
            await call_plain(self._host.threads, _write, (self._cache, vectors))


def _read(cache: EmbeddingCache, keys: dict[str, str]) -> dict[str, Vector]:
    found = {text: cache.get(key) for text, key in keys.items()}
    return {text: vector for text, vector in found.items() if vector is not None}


def _write(cache: EmbeddingCache, vectors: dict[str, Vector]) -> None:
    for key, vector in vectors.items():
        cache.put(key, vector)
