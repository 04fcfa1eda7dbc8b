"""What this distribution contributes: one engine. It loads neither pydantic nor an HTTP library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine.contract import Capabilities, CredentialSpec, EngineFactory
from geppetto.plugins import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geppetto.engine import Deps, Engine

    from geppetto_provider_gemini.settings import GeminiSettings

__all__ = ["CREDENTIAL", "GEMINI", "geppetto_engine_factories"]

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
)


@hookimpl
def geppetto_engine_factories() -> Iterable[EngineFactory]:
    """Give the host the engine `gemini`; `google` is another entry point of this module."""
    return [GEMINI]
