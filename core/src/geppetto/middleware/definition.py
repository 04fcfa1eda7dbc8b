"""What a middleware is, and how a plugin offers one by name with a schema of its configuration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from geppetto.engine.contract import no_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from pydantic import BaseModel

    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import Deps
    from geppetto.turns import Turn

__all__ = ["Constraints", "Effects", "Middleware", "MiddlewareDefinition", "TurnNext", "no_config"]

#: how a middleware reaches what it wraps: awaited in async code, called in plain code
TurnNext: TypeAlias = "Callable[[RunContext, Turn], Awaitable[Turn]]"

#: a callable `(ctx, turn, call_next)`, async or plain, or an object with any of the methods `run`, `call`, `tool`,
#: `event`; a plain callable is `call`
Middleware: TypeAlias = Any

no_config = no_settings


@dataclass(slots=True, frozen=True)
class Constraints:
    """Where a middleware may stand relative to others; names of definitions."""

    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    conflicts: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Effects:
    """What a middleware does to a turn, as it declares itself."""

    reads: tuple[str, ...] = ()
    writes_request: bool = False
    writes_response: bool = False
    needs_final_request: bool = False
    short_circuits: bool = False


@dataclass(slots=True, frozen=True)
class MiddlewareDefinition:
    """Offer a middleware by name; `build(deps, config)` makes one use of it.

    `config()` gives a pydantic model or a JSON Schema and is called only when the middleware is used.
    """

    name: str
    build: Callable[[Deps, Any], Middleware]
    config: Callable[[], type[BaseModel] | Mapping[str, Any]] = no_config
    version: int = 1
    display_name: str = ""
    description: str = ""
    constraints: Constraints = Constraints()
    effects: Effects | None = None
