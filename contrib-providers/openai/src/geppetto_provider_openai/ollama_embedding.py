"""Embeddings of an Ollama server (its docs/api.md, "Generate Embeddings": POST /api/embed)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from geppetto.engine import Usage
from geppetto.provider import EmbeddingApi, EmbeddingBatch, HttpEmbedder
from pydantic import BaseModel, ConfigDict, Field

from geppetto_provider_openai.errors import ERRORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.engine import Deps

__all__ = ["OllamaEmbeddingSettings", "build"]

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


class OllamaEmbeddingSettings(BaseModel):
    """Settings of the embedder `ollama`."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: str = Field(default="all-minilm", description="A model that the server has pulled.")
    base_url: str = Field(default="http://localhost:11434", description="Where the server listens.")
    dimensions: int | None = Field(
        default=None, ge=1, description="Length of the vectors, for models that shorten theirs."
    )
    batch_size: int = Field(default=64, ge=1, description="Texts in one request.")


def build(settings: OllamaEmbeddingSettings, deps: Deps) -> HttpEmbedder:
    """Make the embedder; who names a server on this machine wants to reach it."""
    if urlsplit(settings.base_url).hostname in _LOCAL:
        from dataclasses import replace

        deps = replace(deps, transport=deps.transport.with_local())
    api = EmbeddingApi(
        url=f"{settings.base_url.rstrip('/').removesuffix('/v1')}/api/embed",
        headers=dict,
        body=lambda texts: _body(settings, texts),
        read=_read,
        classify=ERRORS.classify,
        batch=settings.batch_size,
    )
    identity = f"ollama {settings.base_url} {settings.model} {settings.dimensions}"
    return HttpEmbedder(identity, settings.model, settings.dimensions, api, deps)


def _body(settings: OllamaEmbeddingSettings, texts: Sequence[str]) -> dict[str, Any]:
    body: dict[str, Any] = {"model": settings.model, "input": list(texts)}
    if settings.dimensions is not None:
        body["dimensions"] = settings.dimensions
    return body


def _read(answer: Any) -> EmbeddingBatch:
    count = answer.get("prompt_eval_count")
    usage = (
        None if count is None else Usage(input_uncached=count, total=count, raw={"prompt_eval_count": count})
    )
    return EmbeddingBatch(dict(enumerate(answer["embeddings"])), usage)
