"""`geppetto.tools`: registries, tools of functions, and the installed tools."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.default import default_host
from geppetto.plugins.kinds import Kind
from geppetto.tooling.function import tool
from geppetto.tooling.registry import ToolRegistry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geppetto.tooling.definition import ToolDefinition

__all__ = ["create_registry", "host", "names", "tool"]


def create_registry(tools: Iterable[Any] = ()) -> ToolRegistry:
    """Make a registry of tools, typed functions and names of installed tools."""
    return ToolRegistry(host(item) if isinstance(item, str) else item for item in tools)


def host(name: str) -> ToolDefinition:
    """Return an installed tool by name."""
    return default_host().tool(name)


def names() -> list[str]:
    """Return the names of the installed tools."""
    return default_host().registry.names(Kind.TOOL)
