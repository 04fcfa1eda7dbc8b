"""What this distribution contributes: an engine and an embedder. It loads neither pydantic nor an HTTP library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.embedding.model import EmbedderFactory
from geppetto.engine.contract import Capabilities, CredentialSpec, EngineFactory
from geppetto.plugins import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geppetto.embedding import Embedder
    from geppetto.engine import Deps, Engine

    from geppetto_provider_gemini.settings import GeminiSettings

__all__ = [
    "CREDENTIAL",
    "EMBEDDER",
    "GEMINI",
    "geppetto_embedder_factories",
    "geppetto_engine_factories",
]

CREDENTIAL = CredentialSpec(
    "gemini",
    env=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    section_keys=("gemini-api-key",),
    hosts=("generativelanguage.googleapis.com",),
)


def _settings() -> type[GeminiSettings]:
    from geppetto_provider_gemini.settings import GeminiSettings

    return GeminiSettings


def _build(settings: Any, deps: Deps) -> Engine:
    from geppetto_provider_gemini.engine import build

    return build(settings, deps)


def _embedding_settings() -> Any:
    from geppetto_provider_gemini.embedding import EmbeddingSettings

    return EmbeddingSettings


def _embedder(settings: Any, deps: Deps) -> Embedder:
    from geppetto_provider_gemini.embedding import build

    return build(settings, deps)


#: Gemini, as the host lists it
GEMINI = EngineFactory(
    name="gemini",
    display_name="Google Gemini",
    description="Google's Gemini API: generateContent, streamed or not",
    settings=_settings,
    build=_build,
    credentials=(CREDENTIAL,),
    capabilities=Capabilities(
        streaming=True,
        tools=True,
        parallel_tools=True,
        images=True,
        documents=True,
        audio=True,
        reasoning=True,
        structured_output=True,
    ),
    vendor="google",
)

#: the embedder, as the host lists it
EMBEDDER = EmbedderFactory(
    name="gemini",
    display_name="Google Gemini",
    description="Embeddings of Google's Gemini API",
    settings=_embedding_settings,
    build=_embedder,
    credentials=(CREDENTIAL,),
    vendor="google",
)


@hookimpl
def geppetto_engine_factories() -> Iterable[EngineFactory]:
    """Give the host the engine `gemini`; `google` is another entry point of this module."""
    return [GEMINI]


@hookimpl
def geppetto_embedder_factories() -> Iterable[EmbedderFactory]:
    """Give the host the embedder `gemini`."""
    return [EMBEDDER]
