"""A cache by its name, as settings and the command line give it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.embedding.cache import DiskCache, MemoryCache
from geppetto.errors import InvalidOption

if TYPE_CHECKING:
    from pathlib import Path

    from geppetto.embedding.cache import EmbeddingCache

__all__ = ["open_cache"]


def open_cache(cache: EmbeddingCache | str | None, data: Path) -> EmbeddingCache | None:
    """Return a cache; `none`, `memory` and `disk` (below the folder `data`) are names."""
    if cache is None or cache == "none":
        return None
    if cache == "memory":
        return MemoryCache()
    if cache == "disk":
        return DiskCache(data / "embeddings")
    if isinstance(cache, str):
        raise InvalidOption(
            f"no cache is called {cache!r}", subject="cache", next_step="none, memory or disk"
        )
    return cache
