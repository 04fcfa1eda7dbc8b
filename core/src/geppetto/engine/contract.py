"""What an engine is: one async method. And how a plugin offers one: an EngineFactory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel

    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import Deps
    from geppetto.turns import Turn

__all__ = ["Capabilities", "CredentialSpec", "Engine", "EngineFactory", "no_settings"]


@runtime_checkable
class Engine(Protocol):
    """Anything that completes a turn.

    The returned turn is the given one with the reply's blocks appended in the provider's own order. An engine
    publishes events to `ctx`, holds no sinks and needs no code for cancel: it uses `finally`.
    """

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete `turn`."""


@dataclass(slots=True, frozen=True)
class CredentialSpec:
    """Say which key an engine needs: its name in the key file and the vendor's environment variables.

    `hosts` are the vendor's own hosts, `*.example.com` all below one: a key found in the environment goes to no other.
    """

    name: str
    env: tuple[str, ...] = ()
    section_keys: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Capabilities:
    """What an engine can do; what is not declared is refused, not dropped."""

    streaming: bool = False
    tools: bool = False
    parallel_tools: bool = False
    images: bool = False
    documents: bool = False
    audio: bool = False
    reasoning: bool = False
    structured_output: bool = False


def no_settings() -> Mapping[str, Any]:
    """Give the JSON Schema of an engine or middleware that takes no settings."""
    return {"type": "object", "properties": {}, "additionalProperties": False}


@dataclass(slots=True, frozen=True)
class EngineFactory:
    """Offer an engine by name.

    `settings()` gives a pydantic model or a JSON Schema and is called only when the engine is used, so a plugin
    module imports neither pydantic nor an HTTP library. `build(settings, deps)` makes the engine: with a model
    it gets an instance, with a schema a plain dict. `vendor` is what model catalogues call whose models these are.
    `runs_code` says that its settings name code to run: who may not do everything cannot use it.
    """

    name: str
    build: Callable[[Any, Deps], Engine]
    settings: Callable[[], type[BaseModel] | Mapping[str, Any]] = no_settings
    display_name: str = ""
    description: str = ""
    credentials: tuple[CredentialSpec, ...] = ()
    capabilities: Capabilities = Capabilities()
    vendor: str = ""
    runs_code: bool = False
