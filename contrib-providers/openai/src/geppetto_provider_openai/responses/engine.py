"""The engine `openai-responses`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from geppetto.provider import Counting

from geppetto_provider_openai.engine import Api, build_engine
from geppetto_provider_openai.responses.request import build_request
from geppetto_provider_openai.responses.stream import Reducer

if TYPE_CHECKING:
    from geppetto.engine import Deps
    from geppetto.provider import HttpEngine, HttpRequest

    from geppetto_provider_openai.responses.settings import ResponsesSettings

__all__ = ["RESPONSES_API", "build"]

#: what the counting endpoint does not take of a request (OpenAI's reference, "Get input token counts")
_NOT_COUNTED = frozenset({
    "stream", "stream_options", "store", "include", "max_output_tokens", "temperature", "top_p", "metadata",
    "service_tier", "prompt_cache_key", "safety_identifier", "max_tool_calls",
})  # fmt: skip


def _count(request: HttpRequest) -> tuple[str, dict[str, Any]]:
    body = {name: value for name, value in request.body.items() if name not in _NOT_COUNTED}
    parts = urlsplit(request.url)
    return parts._replace(path=f"{parts.path}/input_tokens").geturl(), body


RESPONSES_API = Api(
    "openai-responses",
    "/responses",
    build_request,
    Reducer,
    counting=Counting(endpoint=_count, read=lambda answer: answer["input_tokens"]),
)


def build(settings: ResponsesSettings, deps: Deps) -> HttpEngine:
    """Make the engine."""
    return build_engine(settings, deps, RESPONSES_API)
