"""What a tool is: a name, a JSON Schema of its arguments, and a handler."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geppetto.engine.contract import no_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager

    from pydantic import BaseModel

    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import Deps

__all__ = ["HookContext", "ToolContext", "ToolDefinition", "ToolOutcome", "ToolSource"]


@dataclass(slots=True, frozen=True)
class ToolContext:
    """What a handler may ask about its call: the run, the call's id and which try this is."""

    run: RunContext
    call_id: str
    attempt: int = 1


@dataclass(slots=True, frozen=True)
class HookContext(ToolContext):
    """What a tool hook may ask besides.

    `elapsed` is for the hook after the call: how many seconds it took, all tries together. `retry_after` is for the error hook: the
    seconds after which the configuration alone would try again, None when it would not.
    """

    elapsed: float = 0.0
    retry_after: float | None = None


@dataclass(slots=True, frozen=True)
class ToolDefinition:
    """Offer a tool to the model.

    `handler(arguments, context)` gets validated arguments; it may be async, or plain (then it runs on the host's
    threads). `parameters` is a JSON Schema of type object. `timeout` in seconds replaces the configured one.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    handler: Callable[[Any, ToolContext], Any] = field(repr=False)
    version: str = ""
    tags: frozenset[str] = frozenset()
    strict: bool = False
    timeout: float | None = None

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        """Call the function that the tool was made of, without validation."""
        function = getattr(self.handler, "function", None)
        if function is None:
            msg = f"tool {self.name} was not made of a function: call its handler"
            raise TypeError(msg)
        return function(*args, **kwargs)


@dataclass(slots=True, frozen=True)
class ToolOutcome:
    """What a tool call came to: its status and the JSON result, or the text of an error.

    `abort` says whether this failure ends the run; None leaves that to the configuration. `cause` is the exception behind
    an error, for who looks for its place: no model and no event sees it.
    """

    call_id: str
    status: str = "ok"  # ok, error, timeout, cancelled, refused, pending
    result: Any = None
    error: str = ""
    code: str = ""
    attempts: int = 1
    parts: tuple[Mapping[str, Any], ...] = ()
    abort: bool | None = None
    cause: BaseException | None = field(default=None, compare=False, repr=False)

    @property
    def failed(self) -> bool:
        """Say whether the call gave no result."""
        return self.status not in {"ok", "pending"}

    @classmethod
    def pending(cls, call_id: str, reason: str = "") -> ToolOutcome:
        """Leave a call unanswered: it waits for a human, and the run ends with `run-stopped(pending)`."""
        return cls(call_id, "pending", error=reason)


@dataclass(slots=True, frozen=True)
class ToolSource:
    """Offer tools whose names are known only at run time (MCP, OpenAPI, script files).

    `open(deps, config)` gives an async context manager: its value are the tools, leaving it closes what they need.
    """

    name: str
    open: Callable[[Deps, Any], AbstractAsyncContextManager[Sequence[ToolDefinition]]]
    config: Callable[[], type[BaseModel] | Mapping[str, Any]] = no_settings
    description: str = ""
