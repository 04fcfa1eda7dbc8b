"""`geppetto.engines`: engines by name, from a function, or made to say something."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.builtin.echo import EchoEngine
from geppetto.builtin.function import FunctionEngine
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.host import default_host
from geppetto.plugins.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from geppetto.engine.contract import Engine

__all__ = ["echo", "from_config", "from_function", "names", "scripted"]


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


def echo(reply: str | None = None) -> Engine:
    """Make an engine that says `reply`, or repeats the prompt."""
    return EchoEngine(reply)


def scripted(replies: Iterable[str | Mapping[str, Any]]) -> ScriptedEngine:
    """Make an engine that plays replies in order (see `geppetto.builtin.scripted`)."""
    return ScriptedEngine(replies)


def names() -> list[str]:
    """Return the names of the installed engines."""
    return default_host().registry.names(Kind.ENGINE)
