"""The engine `openai`, Chat Completions, and the engines of hosts that speak the same API."""

from __future__ import annotations

import ipaddress
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from geppetto.provider import Counting

from geppetto_provider_openai.engine import Api, build_engine
from geppetto_provider_openai.request import build_request
from geppetto_provider_openai.stream import Reducer
from geppetto_provider_openai.tokenizer import count_here

if TYPE_CHECKING:
    from geppetto.engine import Deps
    from geppetto.provider import HttpEngine

    from geppetto_provider_openai.hosts import CompatibleHost
    from geppetto_provider_openai.settings import OpenAISettings

__all__ = ["CHAT", "build", "build_for"]

CHAT = Api("openai", "/chat/completions", build_request, Reducer, counting=Counting(tokenizer=count_here))


def build(settings: OpenAISettings, deps: Deps) -> HttpEngine:
    """Make the engine."""
    return build_engine(settings, deps, CHAT)


def _is_here(url: str) -> bool:
    """Say whether an address is this machine's own, by its name or by number."""
    name = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def build_for(host: CompatibleHost, settings: OpenAISettings, deps: Deps) -> HttpEngine:
    """Make the engine of a compatible host; who names a local one wants to reach it."""
    if host.local and _is_here(settings.base_url):
        deps = replace(deps, transport=deps.transport.with_local())
    return build_engine(settings, deps, replace(CHAT, name=host.name, credential=host.credential))
