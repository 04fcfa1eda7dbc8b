"""The engine `gemini`: its requests put onto the engine that all HTTP providers share."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from geppetto.provider import HttpEngine, HttpRequest, key_for

from geppetto_provider_gemini.errors import ERRORS
from geppetto_provider_gemini.plugin import CREDENTIAL
from geppetto_provider_gemini.request import build_request
from geppetto_provider_gemini.stream import Reducer

if TYPE_CHECKING:
    from geppetto.engine import Deps, RunContext
    from geppetto.secret import Secret
    from geppetto.turns import Turn

    from geppetto_provider_gemini.settings import GeminiSettings

__all__ = ["build", "endpoint"]

_VERSION = re.compile(r"v\d+(?:(?:alpha|beta)\d*)?")
_DEFAULT_VERSION = "v1beta"
_COLLECTIONS = ("models", "tunedModels")
_METHODS = {True: ("streamGenerateContent", "alt=sse"), False: ("generateContent", "")}


def build(settings: GeminiSettings, deps: Deps) -> HttpEngine:
    """Make the engine."""

    def prepare(ctx: RunContext, turn: Turn) -> HttpRequest:
        request = build_request(turn, ctx.inference, ctx.tools, ctx.tool_config, settings)
        return HttpRequest(
            url=endpoint(settings.base_url, settings.api_version, request.model, stream=request.stream),
            body=request.body,
            model=request.model,
            stream=request.stream,
            reducer=lambda reply, watch: Reducer(
                reply, names=request.names, origin=request.origin, offered=request.offered, watch=watch
            ),
            headers=_headers(settings, deps),
            dropped_blocks=request.dropped_blocks,
            dropped_settings=request.dropped_settings,
            warnings=request.warnings,
        )

    return HttpEngine("gemini", prepare, ERRORS.classify, deps)


def endpoint(base_url: str, version: str | None, model: str, *, stream: bool) -> str:
    """Return the address of a model's method; a query of the base stays, the model's name is escaped."""
    parts = urlsplit(base_url)
    collection, _, name = model.rpartition("/")
    if collection not in _COLLECTIONS:
        collection, name = _COLLECTIONS[0], model
    method, form = _METHODS[stream]
    path = f"{_versioned(parts.path, version)}/{collection}/{quote(name, safe='')}:{method}"
    query = "&".join(text for text in (parts.query, form) if text)
    return parts._replace(path=path, query=query).geturl()


def _versioned(path: str, version: str | None) -> str:
    """Return the path with a version in it: the wanted one, else its own, else the default."""
    steps = path.rstrip("/").split("/")
    for place, step in enumerate(steps):
        if _VERSION.fullmatch(step):
            steps[place] = version or step
            break
    else:
        steps.append(version or _DEFAULT_VERSION)
    return "/".join(steps)


def _headers(settings: GeminiSettings, deps: Deps) -> dict[str, str | Secret]:
    """Return the headers; the key is one, never a part of the address, which ends up in logs."""
    key = key_for(deps, CREDENTIAL, base_url=settings.base_url, explicit=settings.api_key)
    found: dict[str, str | Secret] = {} if key is None else {"x-goog-api-key": key}
    return {**found, **settings.extra_headers}
