"""Operations on tool registries."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto import ToolRegistry
from geppetto.errors import GeppettoError, NotFound, ToolError
from geppetto.inference.direct import call_tool
from geppetto.notes import with_notes
from geppetto.plugins import Kind

from geppetto_js.api.ops import awaited, operation, promised
from geppetto_js.api.state import denied
from geppetto_js.api.toolbridge import js_tool
from geppetto_js.api.words import seconds

if TYPE_CHECKING:
    from geppetto import ToolDefinition, ToolOutcome

    from geppetto_js.api.state import ApiState

__all__ = ["ToolOps"]


class ToolOps:
    """`gp.tools`: registries of tools, whatever their origin."""

    def __init__(self, state: ApiState) -> None:
        self._state = state

    @operation
    def registry_new(self) -> int:
        """Make an empty registry."""
        return self._state.keep(ToolRegistry())

    @operation
    def registry_add(
        self, ref: int, spec: dict[str, Any], handler: Any, replace_: bool
    ) -> None:  # as JavaScript calls it
        """Add a tool of the script."""
        self._registry(ref).register(js_tool(self._state, spec, handler), replace=replace_)

    @operation
    def registry_use(
        self, ref: int, names: list[str] | None, replace_: bool, prefix: str
    ) -> None:  # as JavaScript calls it
        """Add tools of the host: the named ones, or all of them; `prefix` gives them other names here."""
        for name in self.host_tool_names() if names is None else names:
            tool = self._host_tool(name)
            made = replace(tool, name=f"{prefix}{name}") if prefix else tool
            self._registry(ref).register(made, replace=replace_)

    @operation
    def registry_list(self, ref: int) -> list[dict[str, Any]]:
        """Return a row for each tool, in the order of registration."""
        return [
            {
                "name": tool.name,
                "description": tool.description,
                "version": tool.version,
                "tags": sorted(tool.tags),
                "parameters": dict(tool.parameters),
            }
            for tool in self._registry(ref)
        ]

    @operation
    def host_tool_names(self) -> list[str]:
        """Return the names of the host's tools: the application's, and the installed ones."""
        own = self._state.options.tools
        return sorted({*(own.names() if own else ()), *self._state.host.registry.names(Kind.TOOL)})

    @awaited
    async def registry_call(
        self, ref: int, name: str, arguments: dict[str, Any], milliseconds: float | None
    ) -> Any:
        """Call a tool and return its result; raise its error text."""
        return await self._called(ref, name, arguments, milliseconds)

    @promised
    async def registry_call_async(
        self,
        ref: int,
        name: str,
        arguments: dict[str, Any],
        milliseconds: float | None,
    ) -> Any:
        """Promise the result of a tool."""
        return await self._called(ref, name, arguments, milliseconds)

    async def _called(
        self, ref: int, name: str, arguments: dict[str, Any], milliseconds: float | None
    ) -> Any:
        if not self._state.options.policy.direct_calls:
            raise denied(f"tool {name}: scripts may not call tools themselves here", name)
        registry = self._registry(ref)
        if name not in registry:
            raise ToolError(f"tool not found: {name}", code="TOOL_NOT_FOUND", subject=name)
        outcome = await call_tool(
            self._state.host, registry.get(name), arguments, seconds=seconds(milliseconds)
        )
        if outcome.failed:
            raise _failed(name, outcome)
        return outcome.result

    def _registry(self, ref: int) -> ToolRegistry:
        return self._state.find(ref, ToolRegistry)

    def _host_tool(self, name: str) -> ToolDefinition:
        own = self._state.options.tools
        if own is not None and name in own:
            return own.get(name)
        try:
            return self._state.host.tool(name)
        except NotFound as error:
            raise ToolError(f"tool not found: {name}", code="TOOL_NOT_FOUND", subject=name) from error


def _failed(name: str, outcome: ToolOutcome) -> ToolError:
    """Return the error of a call, with the place in a script where it happened."""
    cause = outcome.cause
    details = cause.details if isinstance(cause, GeppettoError) else {}
    made = ToolError(outcome.error, code=outcome.code or "TOOL_FAILED", subject=name, details=details)
    made.__cause__ = cause
    return with_notes(made, cause)
