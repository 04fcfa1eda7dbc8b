"""The engine `openai-responses`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto_provider_openai.engine import Api, build_engine
from geppetto_provider_openai.responses.request import build_request
from geppetto_provider_openai.responses.stream import Reducer

if TYPE_CHECKING:
    from geppetto.engine import Deps
    from geppetto.provider import HttpEngine

    from geppetto_provider_openai.responses.settings import ResponsesSettings

__all__ = ["RESPONSES_API", "build"]

RESPONSES_API = Api("openai-responses", "/responses", build_request, Reducer)


def build(settings: ResponsesSettings, deps: Deps) -> HttpEngine:
    """Make the engine."""
    return build_engine(settings, deps, RESPONSES_API)
