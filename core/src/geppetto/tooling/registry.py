"""The tools of a session: one flat registry, whatever the tools' origin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption, NotFound, ToolError
from geppetto.judge import Judge
from geppetto.tooling.definition import ToolDefinition
from geppetto.tooling.function import tool as tool_from_function

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

__all__ = ["ToolRegistry"]

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]{0,127}")


class ToolRegistry:
    """Hold tools by name; each argument schema is compiled once, at the first call."""

    def __init__(self, tools: Iterable[ToolDefinition | Callable[..., Any]] = ()) -> None:
        self._tools: dict[str, ToolDefinition] = {}
        self._judges: dict[str, Judge] = {}
        for item in tools:
            self.register(item)

    def register(
        self, tool: ToolDefinition | Callable[..., Any], /, *, replace: bool = False
    ) -> ToolDefinition:
        """Add a tool, or a typed function as one.

        Raises InvalidOption for a name that is taken (unless `replace`) or not usable, and for parameters that are no
        object schema.
        """
        definition = tool if isinstance(tool, ToolDefinition) else _of_function(tool)
        _check(definition)
        if definition.name in self._tools and not replace:
            raise InvalidOption(
                f"a tool '{definition.name}' is registered already",
                code="TOOL_DUPLICATE",
                subject=definition.name,
                next_step="pass replace=True to replace it, or give this one another name",
            )
        self._tools[definition.name] = definition
        self._judges.pop(definition.name, None)
        return definition

    def define(
        self,
        name: str,
        handler: Callable[[Any, Any], Any],
        *,
        description: str = "",
        parameters: Mapping[str, Any] | None = None,
        replace: bool = False,
        **more: Any,
    ) -> ToolDefinition:
        """Add a tool with a raw JSON Schema; `handler(arguments, context)` may be async or plain."""
        schema = {"type": "object", "properties": {}} if parameters is None else parameters
        return self.register(ToolDefinition(name, description, schema, handler, **more), replace=replace)

    def get(self, name: str) -> ToolDefinition:
        """Return a tool; raise NotFound, naming the nearest."""
        if name not in self._tools:
            raise NotFound(
                "tool", name, self._tools, next_step="register it, or offer only the tools that exist"
            )
        return self._tools[name]

    def problems(self, name: str, arguments: Mapping[str, Any]) -> list[str]:
        """Return what is wrong with arguments by the tool's schema, each with its place; empty when they fit."""
        judge = self._judge(name)
        try:
            errors = sorted(judge.errors(arguments), key=lambda e: list(map(str, e.path)))
        except Exception as error:  # a reference that leads nowhere shows only now
            raise _bad_schema(name, error) from error
        return [f"{'/'.join(map(str, e.absolute_path)) or 'arguments'}: {e.message}" for e in errors]

    def _judge(self, name: str) -> Judge:
        if name not in self._judges:
            judge = Judge(self.get(name).parameters)
            problem = judge.problem()
            if problem:
                raise _bad_schema(name, problem)
            self._judges[name] = judge
        return self._judges[name]

    def names(self) -> list[str]:
        """Return the names in the order of registration."""
        return list(self._tools)

    def clone(self) -> ToolRegistry:
        """Return an independent registry with the same tools."""
        return ToolRegistry(self._tools.values())

    def __iter__(self) -> Iterator[ToolDefinition]:
        return iter(list(self._tools.values()))

    def __len__(self) -> int:
        return len(self._tools)

    def __contains__(self, name: object) -> bool:
        return name in self._tools


def _of_function(given: Any) -> ToolDefinition:
    if not callable(given):
        raise InvalidOption(
            f"expected a tool or a typed function, got {type(given).__name__}",
            subject="tools",
            next_step="installed tools are given by name to `create_session` and `tools.create_registry`",
        )
    return tool_from_function(given)


def _bad_schema(name: str, problem: object) -> ToolError:
    return ToolError(
        f"tool {name}: its parameters are no valid JSON Schema: {problem}",
        code="TOOL_SCHEMA_INVALID",
        subject=name,
    )


def _check(definition: ToolDefinition) -> None:
    if not _NAME.fullmatch(definition.name):
        raise InvalidOption(
            f"tool name {definition.name!r} is not usable",
            subject=definition.name,
            next_step="use letters, digits and _ . : / -, beginning with a letter, at most 128 characters",
        )
    if definition.parameters.get("type", "object") != "object":
        raise InvalidOption(
            f"tool {definition.name}: parameters must be a JSON Schema of type object",
            subject=f"{definition.name}/parameters/type",
        )
