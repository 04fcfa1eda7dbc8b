"""What a tool is, and the machinery that offers, checks and runs tools."""

from geppetto.tooling.definition import HookContext, ToolContext, ToolDefinition, ToolOutcome, ToolSource
from geppetto.tooling.executor import ToolExecutor
from geppetto.tooling.function import tool
from geppetto.tooling.hooks import Retry, ToolHooks
from geppetto.tooling.names import ToolNames
from geppetto.tooling.registry import ToolRegistry

__all__ = [
    "HookContext",
    "Retry",
    "ToolContext",
    "ToolDefinition",
    "ToolExecutor",
    "ToolHooks",
    "ToolNames",
    "ToolOutcome",
    "ToolRegistry",
    "ToolSource",
    "tool",
]
