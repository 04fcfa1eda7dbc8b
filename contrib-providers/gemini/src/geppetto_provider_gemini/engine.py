"""The engine `gemini`: its requests put onto the engine that all HTTP providers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.provider import Counting, HttpEngine, HttpRequest, Listing, key_for

from geppetto_provider_gemini.address import endpoint, full_name, method_of, versioned
from geppetto_provider_gemini.errors import ERRORS
from geppetto_provider_gemini.listing import models_page, read_models
from geppetto_provider_gemini.plugin import CREDENTIAL
from geppetto_provider_gemini.request import build_request
from geppetto_provider_gemini.stream import Reducer

if TYPE_CHECKING:
    from geppetto.engine import Deps, RunContext
    from geppetto.secret import Secret
    from geppetto.turns import Turn

    from geppetto_provider_gemini.settings import GeminiSettings

__all__ = ["build", "headers"]


def build(settings: GeminiSettings, deps: Deps) -> HttpEngine:
    """Make the engine."""

    def prepare(ctx: RunContext, turn: Turn) -> HttpRequest:
        request = build_request(turn, ctx.inference, ctx.tools, ctx.tool_config, settings)
        return HttpRequest(
            url=endpoint(request.base, request.model, stream=request.stream),
            body=request.body,
            model=request.model,
            stream=request.stream,
            reducer=lambda reply, watch: Reducer(
                reply, names=request.names, origin=request.origin, offered=request.offered, watch=watch
            ),
            headers=headers(settings, deps),
            dropped_blocks=request.dropped_blocks,
            dropped_settings=request.dropped_settings,
            warnings=request.warnings,
        )

    base = versioned(settings.base_url, settings.api_version)
    counting = Counting(
        endpoint=lambda request: (
            method_of(base, request.model, "countTokens"),
            {"generateContentRequest": {"model": full_name(request.model), **request.body}},
        ),
        read=lambda answer: answer["totalTokens"],
    )
    listing = Listing(
        url=models_page(base),
        headers=lambda: headers(settings, deps),
        read=lambda page: read_models(base, page),
    )
    return HttpEngine("gemini", prepare, ERRORS.classify, deps, counting=counting, listing=listing)


def headers(settings: Any, deps: Deps) -> dict[str, str | Secret]:
    """Return the headers; the key is one, never a part of the address, which ends up in logs."""
    key = key_for(deps, CREDENTIAL, base_url=settings.base_url, explicit=settings.api_key)
    found: dict[str, str | Secret] = {} if key is None else {"x-goog-api-key": key}
    return {**found, **settings.extra_headers}
