"""The engine: Messages requests put onto the engine that all HTTP providers share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from geppetto.catalog import ModelInfo
from geppetto.errors import InvalidOption
from geppetto.provider import Counting, HttpEngine, HttpRequest, Listing, key_for

from geppetto_provider_claude.errors import ERRORS
from geppetto_provider_claude.plugin import CREDENTIAL
from geppetto_provider_claude.request import build_request
from geppetto_provider_claude.stream import Reducer

if TYPE_CHECKING:
    from geppetto.engine import Deps, RunContext
    from geppetto.secret import Secret
    from geppetto.turns import Turn

    from geppetto_provider_claude.settings import ClaudeSettings

__all__ = ["build"]

_OWN_HEADERS = {"anthropic-version": "api_version", "anthropic-beta": "betas", "x-api-key": "api_key"}
#: what the counting endpoint does not take of a request
_NOT_COUNTED = frozenset({
    "max_tokens", "stream", "temperature", "top_p", "top_k", "stop_sequences", "metadata", "service_tier", "container",
    "inference_geo",
})  # fmt: skip


def build(settings: ClaudeSettings, deps: Deps) -> HttpEngine:
    """Make the engine."""

    def prepare(ctx: RunContext, turn: Turn) -> HttpRequest:
        request = build_request(turn, ctx.inference, ctx.tools, ctx.tool_config, settings)
        return HttpRequest(
            url=_endpoint(settings, "/messages"),
            body=request.body,
            model=str(request.body["model"]),
            stream=bool(request.body["stream"]),
            reducer=lambda reply, watch: Reducer(
                reply, names=request.names, origin=request.origin, watch=watch
            ),
            headers=_headers(settings, deps),
            dropped_blocks=request.dropped_blocks,
            dropped_settings=request.dropped_settings,
            warnings=request.warnings,
        )

    listing = Listing(
        url=_endpoint(settings, "/models?limit=1000"),
        headers=lambda: _headers(settings, deps),
        read=lambda page: _models(settings, page),
    )
    counting = Counting(
        endpoint=lambda request: (f"{request.url}/count_tokens", _counted(request.body)),
        read=lambda answer: answer["input_tokens"],
    )
    return HttpEngine("claude", prepare, ERRORS.classify, deps, counting=counting, listing=listing)


def _endpoint(settings: ClaudeSettings, path: str) -> str:
    return f"{settings.base_url.rstrip('/').removesuffix('/v1')}/v1{path}"


def _headers(settings: ClaudeSettings, deps: Deps) -> dict[str, str | Secret]:
    for name in settings.extra_headers:
        if name.lower() in _OWN_HEADERS:
            raise InvalidOption(
                f"extra_headers: {name} has a setting of its own",
                subject="extra_headers",
                next_step=f"use {_OWN_HEADERS[name.lower()]}: sent twice, the API refuses it",
            )
    found: dict[str, str | Secret] = {"anthropic-version": settings.api_version}
    if settings.betas:
        found["anthropic-beta"] = ",".join(settings.betas)
    key = key_for(deps, CREDENTIAL, base_url=settings.base_url, explicit=settings.api_key)
    if key is not None:
        found["x-api-key"] = key
    return {**found, **settings.extra_headers}


def _counted(body: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in body.items() if name not in _NOT_COUNTED}


def _models(settings: ClaudeSettings, page: Any) -> tuple[list[ModelInfo], str | None]:
    found = [
        ModelInfo(
            vendor="anthropic",
            name=str(item["id"]),
            display_name=str(item.get("display_name") or ""),
            context_window=item.get("max_input_tokens"),
            max_output=item.get("max_tokens"),
            source="live",
        )
        for item in page["data"]
    ]
    if not page.get("has_more") or not page.get("last_id"):
        return found, None
    return found, _endpoint(settings, f"/models?{urlencode({'limit': 1000, 'after_id': page['last_id']})}")
