"""The engines of both APIs: their requests put onto the engine that all HTTP providers share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from geppetto.errors import InvalidOption
from geppetto.provider import HttpEngine, HttpRequest, Listing, key_for
from geppetto.secret import Secret

from geppetto_provider_openai.errors import ERRORS
from geppetto_provider_openai.listing import read_models
from geppetto_provider_openai.plugin import CREDENTIAL

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto.engine import CredentialSpec, Deps, RunContext
    from geppetto.provider import Counting, Reducer
    from geppetto.turns import Turn

    from geppetto_provider_openai.request import Request

__all__ = ["Api", "build_engine", "endpoint", "headers"]


@dataclass(slots=True, frozen=True)
class Api:
    """One of the vendor's APIs: where it is, how a request is made, how an answer is read."""

    name: str
    path: str
    build_request: Callable[..., Request]
    reducer: Callable[..., Reducer]
    credential: CredentialSpec = CREDENTIAL
    counting: Counting | None = None


def build_engine(settings: Any, deps: Deps, api: Api) -> HttpEngine:
    """Make the engine of an API."""

    def prepare(ctx: RunContext, turn: Turn) -> HttpRequest:
        request = api.build_request(turn, ctx.inference, ctx.tools, ctx.tool_config, settings)
        return HttpRequest(
            url=endpoint(settings.base_url, api.path),
            body=request.body,
            model=request.model,
            stream=request.stream,
            reducer=lambda reply, watch: api.reducer(
                reply, names=request.names, origin=request.origin, watch=watch
            ),
            headers=headers(settings, deps, api.credential),
            dropped_blocks=request.dropped_blocks,
            dropped_settings=request.dropped_settings,
            warnings=request.warnings,
        )

    listing = Listing(
        url=endpoint(settings.base_url, "/models") if settings.base_url else "",
        headers=lambda: headers(settings, deps, api.credential),
        read=lambda page: read_models(api.name, page),
    )
    return HttpEngine(api.name, prepare, ERRORS.classify, deps, counting=api.counting, listing=listing)


def endpoint(base_url: str, path: str) -> str:
    """Return the address of an endpoint; a query (`?api-version=...`) stays behind the path."""
    if not base_url:
        raise InvalidOption(
            "this host has no address of its own: base_url is missing",
            subject="base_url",
            next_step="set base_url, for Azure https://RESOURCE.openai.azure.com/openai/v1",
        )
    parts = urlsplit(base_url)
    return parts._replace(path=parts.path.rstrip("/") + path).geturl()


def headers(settings: Any, deps: Deps, credential: CredentialSpec) -> dict[str, str | Secret]:
    """Return the headers of a request, the key among them."""
    named = {"OpenAI-Organization": settings.organization, "OpenAI-Project": settings.project}
    found: dict[str, str | Secret] = {name: value for name, value in named.items() if value}
    key = key_for(deps, credential, base_url=settings.base_url, explicit=settings.api_key)
    if key is not None:
        name = getattr(settings, "key_header", "Authorization")
        found[name] = Secret(f"Bearer {key.reveal()}") if name == "Authorization" else key
    return {**found, **settings.extra_headers}
