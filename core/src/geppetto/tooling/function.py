"""Tools from typed functions: the signature becomes the JSON Schema, the docstring the descriptions."""

from __future__ import annotations

import functools
import inspect
import typing
from typing import TYPE_CHECKING, Any, overload

from geppetto.errors import InvalidOption, ToolError
from geppetto.middleware.bridge import is_async, name_of
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
        parameters = _parameters(function)
        self.context_names = [p.name for p in parameters if _is_context(hints.get(p.name))]
        wanted = [p for p in parameters if p.name not in self.context_names]
        self.adapter, self.schema = _described(function, wanted, hints)

    def keywords(self, arguments: Any, context: ToolContext) -> dict[str, Any]:
        """Return the arguments as the function's types, with the context added."""
        from pydantic import ValidationError

        try:
            values = dict(self.adapter.validate_python(arguments))
        except ValidationError as error:
            raise ToolError(_readable(error), code="TOOL_ARGUMENTS_INVALID") from error
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


def _source(given: Any) -> Any:
    """Return the function whose annotations and docstring count: a partial's, or the `__call__` of an object."""
    while isinstance(given, functools.partial):
        given = given.func
    return given if inspect.isroutine(given) else given.__call__


def _docstring(given: Any) -> str:
    source = _source(given)
    return source.__doc__ or (type(source.__self__).__doc__ if source.__name__ == "__call__" else "") or ""


def _hints(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(_source(function), include_extras=True)
    except Exception as error:
        raise _refused(
            function,
            f"an annotation cannot be read: {error}",
            "import the name at module level, outside `if TYPE_CHECKING:`",
        ) from error


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    """Return the parameters that a caller may give; what a partial has bound is none of them."""
    try:
        found = inspect.signature(function).parameters.values()
    except ValueError as error:
        raise _refused(function, str(error), "wrap it in a function with annotations") from error
    bound = function.keywords if isinstance(function, functools.partial) else {}
    return [parameter for parameter in found if parameter.name not in bound]


def _is_context(hint: Any) -> bool:
    return hint is ToolContext or ToolContext in typing.get_args(hint)


def _refused(function: Callable[..., Any], problem: str, next_step: str) -> InvalidOption:
    name = name_of(function)
    return InvalidOption(f"tool {name}: {problem}", subject=name, next_step=next_step)


def _described(
    function: Callable[..., Any], parameters: Iterable[inspect.Parameter], hints: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """Return the pydantic adapter of the arguments and their JSON Schema."""
    from pydantic import PydanticUserError

    _, texts = read_docstring(_docstring(function))
    fields = {p.name: _field(function, p, hints.get(p.name, Any), texts.get(p.name)) for p in parameters}
    try:
        adapter = _adapter(name_of(function), fields)
        return adapter, _schema(adapter)
    except PydanticUserError as error:
        raise _refused(
            function,
            f"a parameter cannot be described in a JSON Schema: {error.message}",
            "annotate it with a type that JSON can say, a pydantic model or a dataclass",
        ) from error


def _adapter(name: str, fields: dict[str, Any]) -> Any:
    """Make the pydantic adapter of a TypedDict, so that no parameter name is special."""
    from pydantic import ConfigDict, TypeAdapter
    from typing_extensions import TypedDict  # pydantic asks for this one before Python 3.12

    make: Any = TypedDict  # a type made at run time is nothing a type checker can follow
    arguments = make(name, fields)
    arguments.__pydantic_config__ = ConfigDict(extra="forbid", arbitrary_types_allowed=False)
    return TypeAdapter(arguments)


def _field(
    function: Callable[..., Any], parameter: inspect.Parameter, hint: Any, description: str | None
) -> Any:
    from typing import NotRequired

    from pydantic import Field

    if parameter.kind not in {parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY}:
        problem = f"parameter {parameter} cannot be described in a JSON Schema"
        raise _refused(function, problem, "use named parameters only")
    extra: dict[str, Any] = {} if description is None else {"description": description}
    has_default = parameter.default is not inspect.Parameter.empty
    if has_default and isinstance(parameter.default, (str, int, float, bool, type(None))):
        extra["json_schema_extra"] = {"default": parameter.default}
    annotated: Any = typing.Annotated.__class_getitem__((hint, Field(**extra)))  # type: ignore[attr-defined]
    return NotRequired[annotated] if has_default else annotated


def _schema(adapter: Any) -> dict[str, Any]:
    schema: dict[str, Any] = adapter.json_schema()
    schema.pop("title", None)
    schema.setdefault("properties", {})
    for item in schema["properties"].values():
        item.pop("title", None)
    return schema


def _define(function: Callable[..., Any], options: dict[str, Any]) -> ToolDefinition:
    if inspect.isclass(function):
        raise _refused(function, "it is a class", "give an instance that can be called, or a function")
    kind = _AsyncFunctionHandler if is_async(function) else _FunctionHandler
    handler = kind(function)
    description, _ = read_docstring(_docstring(function))
    return ToolDefinition(
        name=options.pop("name") or name_of(function),
        description=options.pop("description") or description,
        parameters=handler.schema,
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
                "version": version,
                "tags": frozenset(tags),
                "strict": strict,
                "timeout": timeout,
            },
        )

    return define if function is None else define(function)
