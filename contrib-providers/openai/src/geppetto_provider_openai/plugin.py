"""What this distribution contributes: engines. It loads neither pydantic nor an HTTP library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.embedding.model import EmbedderFactory
from geppetto.engine.contract import Capabilities, CredentialSpec, EngineFactory
from geppetto.plugins import hookimpl

from geppetto_provider_openai.hosts import HOSTS, compatible_engine

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geppetto.embedding import Embedder
    from geppetto.engine import Deps, Engine

    from geppetto_provider_openai.responses.settings import ResponsesSettings
    from geppetto_provider_openai.settings import OpenAISettings

__all__ = [
    "CREDENTIAL",
    "EMBEDDERS",
    "OPENAI",
    "RESPONSES",
    "geppetto_embedder_factories",
    "geppetto_engine_factories",
]

CREDENTIAL = CredentialSpec(
    "openai", env=("OPENAI_API_KEY",), section_keys=("openai-api-key",), hosts=("api.openai.com",)
)


def _chat_settings() -> type[OpenAISettings]:
    from geppetto_provider_openai.settings import OpenAISettings

    return OpenAISettings


def _chat(settings: Any, deps: Deps) -> Engine:
    from geppetto_provider_openai.chat import build

    return build(settings, deps)


def _responses_settings() -> type[ResponsesSettings]:
    from geppetto_provider_openai.responses.settings import ResponsesSettings

    return ResponsesSettings


def _responses(settings: Any, deps: Deps) -> Engine:
    from geppetto_provider_openai.responses.engine import build

    return build(settings, deps)


def _embedding_settings() -> Any:
    from geppetto_provider_openai.embedding import EmbeddingSettings

    return EmbeddingSettings


def _embedder(settings: Any, deps: Deps) -> Embedder:
    from geppetto_provider_openai.embedding import build

    return build(settings, deps, CREDENTIAL)


def _ollama_settings() -> Any:
    from geppetto_provider_openai.ollama_embedding import OllamaEmbeddingSettings

    return OllamaEmbeddingSettings


def _ollama_embedder(settings: Any, deps: Deps) -> Embedder:
    from geppetto_provider_openai.ollama_embedding import build

    return build(settings, deps)


#: Chat Completions, as the host lists it
OPENAI = EngineFactory(
    name="openai",
    display_name="OpenAI Chat Completions",
    description="OpenAI's Chat Completions API, and hosts that speak it",
    settings=_chat_settings,
    build=_chat,
    credentials=(CREDENTIAL,),
    capabilities=Capabilities(
        streaming=True,
        tools=True,
        parallel_tools=True,
        images=True,
        documents=True,
        audio=True,
        structured_output=True,
    ),
    vendor="openai",
)

#: Responses, as the host lists it
RESPONSES = EngineFactory(
    name="openai-responses",
    display_name="OpenAI Responses",
    description="OpenAI's Responses API: reasoning that is replayed, tools that run at the vendor",
    settings=_responses_settings,
    build=_responses,
    credentials=(CREDENTIAL,),
    capabilities=Capabilities(
        streaming=True,
        tools=True,
        parallel_tools=True,
        images=True,
        documents=True,
        reasoning=True,
        structured_output=True,
    ),
    vendor="openai",
)


#: embedders, as the host lists them
EMBEDDERS = (
    EmbedderFactory(
        name="openai",
        display_name="OpenAI",
        description="OpenAI's embeddings, and hosts that speak the same API",
        settings=_embedding_settings,
        build=_embedder,
        credentials=(CREDENTIAL,),
        vendor="openai",
    ),
    EmbedderFactory(
        name="ollama",
        display_name="Ollama",
        description="Embeddings of an Ollama server",
        settings=_ollama_settings,
        build=_ollama_embedder,
    ),
)


@hookimpl
def geppetto_engine_factories() -> Iterable[EngineFactory]:
    """Give the host OpenAI's two engines and those of compatible hosts."""
    return [OPENAI, RESPONSES, *(compatible_engine(host) for host in HOSTS)]


@hookimpl
def geppetto_embedder_factories() -> Iterable[EmbedderFactory]:
    """Give the host the embedders `openai` and `ollama`."""
    return EMBEDDERS
