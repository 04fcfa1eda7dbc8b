"""What a tool is, and the machinery that offers, checks and runs tools."""

from geppetto.tooling.definition import ToolContext, ToolDefinition, ToolOutcome, ToolSource

__all__ = ["ToolContext", "ToolDefinition", "ToolOutcome", "ToolSource"]
