"""The core's own plugin: it comes through the same hooks and entry points as a stranger's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.builtin.demo import DEMO
from geppetto.builtin.echo import ECHO
from geppetto.builtin.function import FUNCTION
from geppetto.builtin.middlewares import LOGGING, REORDER_TOOL_RESULTS, SYSTEM_PROMPT, TURN_LOGGING
from geppetto.builtin.scripted import SCRIPTED
from geppetto.builtin.tools import CALCULATOR, CLOCK
from geppetto.plugins import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geppetto.engine.contract import EngineFactory
    from geppetto.middleware.definition import MiddlewareDefinition
    from geppetto.tooling.definition import ToolDefinition

__all__ = ["geppetto_engine_factories", "geppetto_middleware_definitions", "geppetto_tools"]


@hookimpl
def geppetto_engine_factories() -> Iterable[EngineFactory]:
    """Give the built-in engines."""
    return [DEMO, ECHO, FUNCTION, SCRIPTED]


@hookimpl
def geppetto_middleware_definitions() -> Iterable[MiddlewareDefinition]:
    """Give the built-in middlewares."""
    return [SYSTEM_PROMPT, LOGGING, REORDER_TOOL_RESULTS, TURN_LOGGING]


@hookimpl
def geppetto_tools() -> Iterable[ToolDefinition]:
    """Give the built-in tools."""
    return [CALCULATOR, CLOCK]
