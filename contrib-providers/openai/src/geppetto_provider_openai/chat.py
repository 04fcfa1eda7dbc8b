"""The engine `openai`: Chat Completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto_provider_openai.engine import Api, OpenAIEngine
from geppetto_provider_openai.request import build_request
from geppetto_provider_openai.stream import Reducer

if TYPE_CHECKING:
    from geppetto.engine import Deps

    from geppetto_provider_openai.settings import OpenAISettings

__all__ = ["CHAT", "build"]

CHAT = Api("openai", "/chat/completions", build_request, Reducer)


def build(settings: OpenAISettings, deps: Deps) -> OpenAIEngine:
    """Make the engine."""
    return OpenAIEngine(settings, deps, CHAT)
