"""The engine `openai`: Chat Completions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto_provider_openai.engine import Api, build_engine
from geppetto_provider_openai.request import build_request
from geppetto_provider_openai.stream import Reducer

if TYPE_CHECKING:
    from geppetto.engine import Deps
    from geppetto.provider import HttpEngine

    from geppetto_provider_openai.settings import OpenAISettings

__all__ = ["CHAT", "build"]

CHAT = Api("openai", "/chat/completions", build_request, Reducer)


def build(settings: OpenAISettings, deps: Deps) -> HttpEngine:
    """Make the engine."""
    return build_engine(settings, deps, CHAT)
