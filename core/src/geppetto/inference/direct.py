"""A tool call outside a run: what `geppetto tools call` and `registry.call` do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine.inference import ToolConfig
from geppetto.engine.outside import outside_context
from geppetto.tooling.executor import ToolExecutor
from geppetto.tooling.registry import ToolRegistry
from geppetto.turns import ToolCall, new_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.tooling.definition import ToolDefinition, ToolOutcome

__all__ = ["call_tool"]


async def call_tool(
    host: Any, tool: ToolDefinition, arguments: Mapping[str, Any], *, seconds: float | None = None
) -> ToolOutcome:
    """Run one call with the checks and limits of the tool loop and return its outcome."""
    config = ToolConfig() if seconds is None else ToolConfig(execution_timeout=seconds)
    executor = ToolExecutor(ToolRegistry([tool]), host.threads, config=config)
    ctx = outside_context(host=host, tools=(tool,), tool_config=config)
    [outcome] = await executor.execute(ctx, [ToolCall(new_id(), tool.name, dict(arguments))])
    return outcome
