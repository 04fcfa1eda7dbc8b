"""Embeddings at OpenAI and at hosts that speak its API (https://platform.openai.com/docs/api-reference/embeddings)."""

from __future__ import annotations

import base64
import struct
from typing import TYPE_CHECKING, Any

from geppetto.engine import Usage
from geppetto.provider import EmbeddingApi, EmbeddingBatch, HttpEmbedder
from geppetto.secret import Secret  # noqa: TC002  # pydantic reads the annotation
from pydantic import BaseModel, ConfigDict, Field

from geppetto_provider_openai.engine import endpoint, headers
from geppetto_provider_openai.errors import ERRORS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.engine import CredentialSpec, Deps

__all__ = ["EmbeddingSettings", "build"]

_BATCH = 2048  # inputs of one request, by the vendor's reference
_FLOAT = 4


class EmbeddingSettings(BaseModel):
    """Settings of the embedder `openai`."""

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    model: str = Field(default="text-embedding-3-small", description="The model that makes the vectors.")
    base_url: str = Field(default="https://api.openai.com/v1", description="Where the API is served.")
    api_key: Secret | None = Field(
        default=None, description="Key to use instead of the one from the key file or OPENAI_API_KEY."
    )
    dimensions: int | None = Field(
        default=None,
        ge=1,
        description="Length of the vectors; only models of the third generation shorten theirs.",
    )
    organization: str | None = Field(default=None, description="Sent as OpenAI-Organization.")
    project: str | None = Field(default=None, description="Sent as OpenAI-Project.")
    batch_size: int = Field(default=_BATCH, ge=1, le=_BATCH, description="Texts in one request.")
    extra_headers: dict[str, Secret] = Field(default_factory=dict, description="Sent as headers as they are.")


def build(settings: EmbeddingSettings, deps: Deps, credential: CredentialSpec) -> HttpEmbedder:
    """Make the embedder."""
    api = EmbeddingApi(
        url=endpoint(settings.base_url, "/embeddings"),
        headers=lambda: headers(settings, deps, credential),
        body=lambda texts: _body(settings, texts),
        read=_read,
        classify=ERRORS.classify,
        batch=settings.batch_size,
    )
    identity = f"openai {settings.base_url} {settings.model} {settings.dimensions}"
    return HttpEmbedder(identity, settings.model, settings.dimensions, api, deps)


def _body(settings: EmbeddingSettings, texts: Sequence[str]) -> dict[str, Any]:
    body: dict[str, Any] = {"model": settings.model, "input": list(texts), "encoding_format": "base64"}
    if settings.dimensions is not None:
        body["dimensions"] = settings.dimensions
    return body


def _read(answer: Any) -> EmbeddingBatch:
    vectors = {item["index"]: _numbers(item["embedding"]) for item in answer["data"]}
    raw = answer.get("usage") or {}
    total = raw.get("total_tokens")
    usage = Usage(input_uncached=raw.get("prompt_tokens", total), total=total, raw=dict(raw)) if raw else None
    return EmbeddingBatch(vectors, usage)


def _numbers(embedding: Any) -> Sequence[float]:
    """Read a vector: base64 of 4-byte floats as asked for, or numbers from a host that knows no other form."""
    if not isinstance(embedding, str):
        return [float(number) for number in embedding]
    raw = base64.b64decode(embedding, validate=True)
    return struct.unpack(f"<{len(raw) // _FLOAT}f", raw)
