"""Tools from typed functions: the signature becomes the JSON Schema, the docstring the descriptions."""

from __future__ import annotations

import inspect
import typing
from typing import TYPE_CHECKING, Any, overload

from geppetto.errors import InvalidOption
from geppetto.tooling.definition import ToolContext, ToolDefinition
from geppetto.tooling.docstring import read_docstring

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["tool"]


class _FunctionHandler:
    """Calls a function with validated, typed arguments, and with the ToolContext where it asks for one."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        hints = _hints(function)
        parameters = inspect.signature(function).parameters.values()
        self.context_names = [p.name for p in parameters if hints.get(p.name) is ToolContext]
        self.adapter = _adapter(function, hints, self.context_names)

    def keywords(self, arguments: Any, context: ToolContext) -> dict[str, Any]:
        """Return the arguments as the function's types, with the context added."""
        from pydantic import ValidationError

        try:
            values = dict(self.adapter.validate_python(arguments))
        except ValidationError as error:
            raise ValueError(_readable(error)) from error
        return {**values, **dict.fromkeys(self.context_names, context)}

    def __call__(self, arguments: Any, context: ToolContext) -> Any:
        return self.function(**self.keywords(arguments, context))


class _AsyncFunctionHandler(_FunctionHandler):
    """The same for an `async def`, so that it is seen to be one before it is called."""

    async def __call__(self, arguments: Any, context: ToolContext) -> Any:
        return await self.function(**self.keywords(arguments, context))


def _readable(error: Any) -> str:
    rows = (f"{'/'.join(map(str, row['loc']))}: {row['msg']}" for row in error.errors())
    return "; ".join(rows)


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise InvalidOption(
            f"tool {_name(function)}: an annotation cannot be read: {error}",
            subject=_name(function),
            next_step="import the name at module level, outside `if TYPE_CHECKING:`",
        ) from error


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__name__", type(function).__name__)


def _adapter(function: Callable[..., Any], hints: dict[str, Any], injected: list[str]) -> Any:
    """Make the pydantic adapter of the arguments: a TypedDict, so that no parameter name is special."""
    from pydantic import ConfigDict, TypeAdapter
    from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

    _, described = read_docstring(function.__doc__)
    fields = {
        parameter.name: _field(function, parameter, hints, described)
        for parameter in inspect.signature(function).parameters.values()
        if parameter.name not in injected
    }
    make: Any = TypedDict  # a type made at run time is nothing a type checker can follow
    arguments = make(_name(function), fields)
    arguments.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=False)
    return TypeAdapter(arguments)


def _field(
    function: Callable[..., Any],
    parameter: inspect.Parameter,
    hints: dict[str, Any],
    described: dict[str, str],
) -> Any:
    from typing import NotRequired

    from pydantic import Field

    if parameter.kind not in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}:
        raise InvalidOption(
            f"tool {_name(function)}: parameter {parameter} cannot be described in a JSON Schema",
            subject=_name(function),
            next_step="use named parameters only",
        )
    extra: dict[str, Any] = {}
    if parameter.name in described:
        extra["description"] = described[parameter.name]
    has_default = parameter.default is not inspect.Parameter.empty
    if has_default and isinstance(parameter.default, (str, int, float, bool, type(None))):
        extra["json_schema_extra"] = {"default": parameter.default}
    annotated: Any = typing.Annotated.__class_getitem__((hints.get(parameter.name, Any), Field(**extra)))  # type: ignore[attr-defined]
    return NotRequired[annotated] if has_default else annotated


def _schema(adapter: Any) -> dict[str, Any]:
    schema: dict[str, Any] = adapter.json_schema()
    schema.pop("title", None)
    schema.setdefault("properties", {})
    for item in schema["properties"].values():
        item.pop("title", None)
    return schema


def _define(function: Callable[..., Any], options: dict[str, Any]) -> ToolDefinition:
    kind = _AsyncFunctionHandler if inspect.iscoroutinefunction(function) else _FunctionHandler
    handler = kind(function)
    description, _ = read_docstring(function.__doc__)
    return ToolDefinition(
        name=options.pop("name") or _name(function),
        description=options.pop("description") or description,
        parameters=options.pop("parameters") or _schema(handler.adapter),
        handler=handler,
        **options,
    )


@overload
def tool(function: Callable[..., Any], /) -> ToolDefinition: ...
@overload
def tool(
    *,
    name: str = "",
    description: str = "",
    version: str = "",
    tags: Iterable[str] = (),
    strict: bool = False,
    timeout: float | None = None,
) -> Callable[[Callable[..., Any]], ToolDefinition]: ...
def tool(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str = "",
    description: str = "",
    version: str = "",
    tags: Iterable[str] = (),
    strict: bool = False,
    timeout: float | None = None,
) -> ToolDefinition | Callable[[Callable[..., Any]], ToolDefinition]:
    """Make a tool of a typed function: `@tool` or `@tool(name="...", tags=[...])`.

    A parameter annotated `ToolContext` is injected and not part of the schema. The tool can still be called like the
    function. Raises InvalidOption for a signature that JSON Schema cannot say.
    """

    def define(fn: Callable[..., Any]) -> ToolDefinition:
        return _define(
            fn,
            {
                "name": name,
                "description": description,
                "parameters": None,
                "version": version,
                "tags": frozenset(tags),
                "strict": strict,
                "timeout": timeout,
            },
        )

    return define if function is None else define(function)
