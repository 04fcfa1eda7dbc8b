"""`geppetto.engines`: engines by name, from a function, or made to say something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.builtin.echo import EchoEngine
from geppetto.builtin.function import FunctionEngine
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.default import default_host
from geppetto.plugins.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from geppetto.engine.contract import Engine
    from geppetto.factory.profile_engine import ProfileEngine

__all__ = ["echo", "from_config", "from_function", "from_profile", "names", "scripted"]


def from_config(
    *,
    engine: str,
    model: str | None = None,
    base_url: str | None = None,
    api_key: str | None = None,
    **settings: Any,
) -> Engine:
    """Build an installed engine from explicit settings, without profiles.

    Raises NotFound naming what is installed, or ConfigError naming a setting that does not exist or fit.
    """
    given = {"model": model, "base_url": base_url, "api_key": api_key}
    known = {name: value for name, value in given.items() if value is not None}
    return default_host().engine(engine, **known, **settings)


def from_function(function: Callable[..., Any]) -> Engine:
    """Make an engine of `function(ctx, turn)`, which gives a Turn or the text of the reply; async or plain."""
    return FunctionEngine(function, default_host().threads)


def from_profile(
    profile: str = "",
    registry: str = "",
    *,
    runtime_key: str = "",
    request_overrides: Mapping[str, Any] | None = None,
) -> ProfileEngine:
    """Build the engine of a profile: the named one, GEPPETTO_PROFILE's, else the default of the default registry.

    Its prompt, middlewares and tools are not applied: `create_engine_factory` does that. Raises ProfileError with
    PROFILE_REGISTRY_NOT_CONFIGURED where there is no registry (004, "Cutover"), ProfileNotFound, PolicyViolation.
    """
    return default_host().profile_engine(
        profile, registry, runtime_key=runtime_key, request_overrides=request_overrides
    )


def echo(reply: str | None = None) -> Engine:
    """Make an engine that says `reply`, or repeats the prompt."""
    return EchoEngine(reply)


def scripted(replies: Iterable[str | Mapping[str, Any]]) -> ScriptedEngine:
    """Make an engine that plays replies in order (see `geppetto.builtin.scripted`)."""
    return ScriptedEngine(replies)


def names() -> list[str]:
    """Return the names of the installed engines."""
    return default_host().registry.names(Kind.ENGINE)
