"""What a tool is, and the machinery that offers, checks and runs tools."""

from geppetto.tooling.definition import ToolContext, ToolDefinition, ToolOutcome, ToolSource
from geppetto.tooling.names import ToolNames

__all__ = ["ToolContext", "ToolDefinition", "ToolNames", "ToolOutcome", "ToolSource"]
