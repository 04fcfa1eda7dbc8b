"""Embeddings at Gemini: batchEmbedContents (ai.google.dev/api/embeddings)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

from geppetto.provider import EmbeddingApi, EmbeddingBatch, HttpEmbedder
from geppetto.secret import Secret  # noqa: TC002  # pydantic reads the annotation
from pydantic import BaseModel, ConfigDict, Field

from geppetto_provider_gemini.address import full_name, method_of, versioned
from geppetto_provider_gemini.engine import headers
from geppetto_provider_gemini.errors import ERRORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.engine import Deps

__all__ = ["EmbeddingSettings", "build"]

_BATCH = 100  # texts of one request, by the vendor's reference


class EmbeddingSettings(BaseModel):
    """Settings of the embedder `gemini`."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: str = Field(default="gemini-embedding-001", description="The model that makes the vectors.")
    base_url: str = Field(
        default="https://generativelanguage.googleapis.com/v1beta", description="Where the API is served."
    )
    api_version: Literal["v1beta", "v1", "v1alpha"] | None = Field(
        default=None, description="Version of the API, put into the path of base_url; v1beta when unset."
    )
    api_key: Secret | None = Field(
        default=None,
        description="Key to use instead of the one from the key file, GEMINI_API_KEY or GOOGLE_API_KEY.",
    )
    dimensions: int | None = Field(
        default=None, ge=1, description="Length of the vectors, shorter than the model's own."
    )
    task: str | None = Field(
        default=None,
        description="What the vectors are for: RETRIEVAL_QUERY, RETRIEVAL_DOCUMENT, CLUSTERING, ...",
    )
    batch_size: int = Field(default=_BATCH, ge=1, le=_BATCH, description="Texts in one request.")
    extra_headers: dict[str, Secret] = Field(default_factory=dict, description="Sent as headers as they are.")


def build(settings: EmbeddingSettings, deps: Deps) -> HttpEmbedder:
    """Make the embedder."""
    base = versioned(settings.base_url, settings.api_version)
    api = EmbeddingApi(
        url=method_of(base, settings.model, "batchEmbedContents"),
        headers=lambda: headers(settings, deps),
        body=lambda texts: {"requests": [_request(settings, text) for text in texts]},
        read=lambda answer: _read(settings, answer),
        classify=ERRORS.classify,
        batch=settings.batch_size,
    )
    identity = f"gemini {base} {settings.model} {settings.dimensions} {settings.task}"
    return HttpEmbedder(identity, settings.model, settings.dimensions, api, deps)


def _request(settings: EmbeddingSettings, text: str) -> dict[str, Any]:
    request: dict[str, Any] = {"model": full_name(settings.model), "content": {"parts": [{"text": text}]}}
    if settings.dimensions is not None:
        request["outputDimensionality"] = settings.dimensions
    return {**request, "taskType": settings.task} if settings.task else request


def _read(settings: EmbeddingSettings, answer: Any) -> EmbeddingBatch:
    found = [[float(number) for number in item["values"]] for item in answer["embeddings"]]
    if settings.dimensions is not None:  # the vendor shortens vectors without bringing them to length 1 again
        found = [_normal(vector) for vector in found]
    return EmbeddingBatch(dict(enumerate(found)))


def _normal(vector: Sequence[float]) -> list[float]:
    length = math.hypot(*vector)
    return [number / length for number in vector] if length else list(vector)
