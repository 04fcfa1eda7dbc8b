"""What this distribution contributes: the engine `openai`. It loads neither pydantic nor an HTTP library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine.contract import Capabilities, CredentialSpec, EngineFactory
from geppetto.plugins import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geppetto.engine import Deps, Engine

    from geppetto_provider_openai.settings import OpenAISettings

__all__ = ["OPENAI", "geppetto_engine_factories"]


def _settings() -> type[OpenAISettings]:
    from geppetto_provider_openai.settings import OpenAISettings

    return OpenAISettings


def _build(settings: Any, deps: Deps) -> Engine:
    from geppetto_provider_openai.engine import OpenAIEngine

    return OpenAIEngine(settings, deps)


#: the engine as the host lists it
OPENAI = EngineFactory(
    name="openai",
    display_name="OpenAI Chat Completions",
    description="OpenAI's Chat Completions API, and hosts that speak it",
    settings=_settings,
    build=_build,
    credentials=(
        CredentialSpec(
            "openai", env=("OPENAI_API_KEY",), section_keys=("openai-api-key",), hosts=("api.openai.com",)
        ),
    ),
    capabilities=Capabilities(
        streaming=True,
        tools=True,
        parallel_tools=True,
        images=True,
        documents=True,
        audio=True,
        structured_output=True,
    ),
)


@hookimpl
def geppetto_engine_factories() -> Iterable[EngineFactory]:
    """Give the host the engine `openai`."""
    return [OPENAI]
