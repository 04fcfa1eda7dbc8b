"""A tool call outside a run: what `geppetto tools call` and `registry.call` do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine.context import RunContext
from geppetto.engine.inference import ToolConfig
from geppetto.events.model import Correlation
from geppetto.tooling.executor import ToolExecutor
from geppetto.tooling.registry import ToolRegistry
from geppetto.turns import ToolCall, new_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from geppetto.events.model import Event
    from geppetto.tooling.definition import ToolDefinition, ToolOutcome
    from geppetto.turns import Turn

__all__ = ["call_tool"]


class _NoRun:
    """The port of a call that belongs to no run: nobody listens and there is no deadline."""

    def emit(self, events: Sequence[Event], correlation: Correlation) -> None:
        """Drop the events."""

    async def drain(self) -> None:
        """Wait for nobody."""

    def remaining(self) -> float | None:
        """Have no deadline."""
        return None

    def snapshot(self, phase: str, turn: Turn) -> None:
        """Drop the snapshot."""

    def leave(self, thread: Future[Any]) -> None:
        """Count nothing."""

    def fail(self, error: Exception) -> None:
        """End nothing."""

    def stop_clock(self) -> None:
        """Have no clock."""

    def start_clock(self) -> None:
        """Have no clock."""


async def call_tool(
    host: Any, tool: ToolDefinition, arguments: Mapping[str, Any], *, seconds: float | None = None
) -> ToolOutcome:
    """Run one call with the checks and limits of the tool loop and return its outcome."""
    config = ToolConfig() if seconds is None else ToolConfig(execution_timeout=seconds)
    executor = ToolExecutor(ToolRegistry([tool]), host.threads, config=config)
    ctx = RunContext(port=_NoRun(), correlation=Correlation(), host=host, tools=(tool,), tool_config=config)
    [outcome] = await executor.execute(ctx, [ToolCall(new_id(), tool.name, dict(arguments))])
    return outcome
