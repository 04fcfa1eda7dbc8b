"""Debug mode: what a middleware does is compared with the effects that it declares, and a lie becomes a log event."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto.events import Log
from geppetto.middleware.bridge import is_async

if TYPE_CHECKING:
    from geppetto.engine.context import RunContext
    from geppetto.middleware.chain import MiddlewareUse
    from geppetto.middleware.definition import Effects
    from geppetto.turns import Turn

__all__ = ["watched"]


def watched(use: MiddlewareUse, effects: Effects | None) -> MiddlewareUse:
    """Return a use whose calls are compared with its declared effects; one that declares nothing is left alone."""
    call = use.points.get("call")
    if effects is None or call is None:
        return use
    made = _watched_async(use, call, effects) if is_async(call) else _watched_plain(use, call, effects)
    return replace(use, points={**use.points, "call": made})


class _Watch:
    """One call: what came in, what went on, what came back."""

    def __init__(self, name: str, effects: Effects, ctx: RunContext, turn: Turn) -> None:
        self._name, self._effects, self._ctx = name, effects, ctx
        self._given = list(turn.blocks)
        self._answer: list[Any] | None = None

    def passes(self, turn: Turn) -> None:
        if not self._effects.writes_request and list(turn.blocks) != self._given:
            self._report("writes_request", "changed the request")

    def gets(self, turn: Turn) -> None:
        self._answer = list(turn.blocks)

    def ends(self, turn: Any) -> None:
        if self._answer is None:
            if not self._effects.short_circuits:
                self._report("short_circuits", "answered by itself")
        elif not self._effects.writes_response and list(getattr(turn, "blocks", ())) != self._answer:
            self._report("writes_response", "changed the response")

    def _report(self, effect: str, what: str) -> None:
        message = f"middleware {self._name} {what} and does not declare `{effect}`"
        self._ctx.emit(
            Log(level="warning", message=message, fields={"middleware": self._name, "effect": effect})
        )


def _watched_async(use: MiddlewareUse, call: Any, effects: Effects) -> Any:
    async def watch(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        seen = _Watch(use.name, effects, ctx, turn)

        async def inner(ctx: RunContext, turn: Turn) -> Turn:
            seen.passes(turn)
            found: Turn = await call_next(ctx, turn)
            seen.gets(found)
            return found

        result: Turn = await call(ctx, turn, inner)
        seen.ends(result)
        return result

    return watch


def _watched_plain(use: MiddlewareUse, call: Any, effects: Effects) -> Any:
    def watch(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        seen = _Watch(use.name, effects, ctx, turn)

        def inner(ctx: RunContext, turn: Turn) -> Turn:
            seen.passes(turn)
            found: Turn = call_next(ctx, turn)
            seen.gets(found)
            return found

        result: Turn = call(ctx, turn, inner)
        seen.ends(result)
        return result

    return watch
