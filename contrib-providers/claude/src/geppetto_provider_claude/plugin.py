"""What this distribution contributes: one engine. It loads neither pydantic nor an HTTP library."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine.contract import Capabilities, CredentialSpec, EngineFactory
from geppetto.plugins import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geppetto.engine import Deps, Engine

    from geppetto_provider_claude.settings import ClaudeSettings

__all__ = ["CLAUDE", "CREDENTIAL", "geppetto_engine_factories"]

CREDENTIAL = CredentialSpec(
    "anthropic",
    env=("ANTHROPIC_API_KEY",),
    section_keys=("claude-api-key", "anthropic-api-key"),
    hosts=("api.anthropic.com",),
)


def _settings() -> type[ClaudeSettings]:
    from geppetto_provider_claude.settings import ClaudeSettings

    return ClaudeSettings


def _build(settings: Any, deps: Deps) -> Engine:
    from geppetto_provider_claude.engine import build

    return build(settings, deps)


#: Claude, as the host lists it
CLAUDE = EngineFactory(
    name="claude",
    display_name="Claude",
    description="Anthropic's Messages API: thinking that is replayed, tools that run at the vendor, prompt caching",
    settings=_settings,
    build=_build,
    credentials=(CREDENTIAL,),
    capabilities=Capabilities(
        streaming=True,
        tools=True,
        parallel_tools=True,
        images=True,
        documents=True,
        reasoning=True,
        structured_output=True,
    ),
    vendor="anthropic",
)


@hookimpl
def geppetto_engine_factories() -> Iterable[EngineFactory]:
    """Give the host the engine `claude`."""
    return [CLAUDE]
