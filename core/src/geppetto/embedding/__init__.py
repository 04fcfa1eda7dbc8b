"""Texts as vectors: what an embedder is, how a plugin offers one, batches and caches."""

from geppetto.embedding.cache import DiskCache, EmbeddingCache, MemoryCache
from geppetto.embedding.client import EmbeddingClient
from geppetto.embedding.model import Embedder, EmbedderFactory, Embeddings, Vector

__all__ = [
    "DiskCache",
    "Embedder",
    "EmbedderFactory",
    "EmbeddingCache",
    "EmbeddingClient",
    "Embeddings",
    "MemoryCache",
    "Vector",
]
