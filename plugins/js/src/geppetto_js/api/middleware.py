"""A function of a script as a middleware of the host (003 §15, §34)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import DecodeError, MiddlewareError
from geppetto.notes import with_notes

from geppetto_js.api.calling import call
from geppetto_js.api.context import context_of
from geppetto_js.api.turncodec import decode_turn, encode_turn
from geppetto_js.api.words import seconds
from geppetto_js.errors import JsError
from geppetto_js.values.handles import HostFunction

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from geppetto import RunContext, Turn

    from geppetto_js.api.state import ApiState

__all__ = ["JsMiddleware"]

_CHANGEABLE = {"tags": "tags", "traceId": "trace_id", "extra": "extra"}


class JsMiddleware:
    """One use of a script's function; it wraps each engine call, or the whole run (`point`)."""

    def __init__(self, state: ApiState, use: Mapping[str, Any], index: int = 0) -> None:
        self.name = str(use["name"])
        self.timeout = seconds(use.get("timeoutMs"))
        self._state, self._index = state, index
        self._function = use["fn"]
        setattr(self, use.get("point", "call"), self.around)

    async def around(
        self, ctx: RunContext, turn: Turn, call_next: Callable[[RunContext, Turn], Awaitable[Turn]]
    ) -> Turn:
        """Call the script's function around what is inside."""

        async def proceed(changed: Any, given: Any) -> dict[str, Any]:
            return self._encoded(await call_next(_derived(ctx, changed), self._decoded(given)))

        self._state.counters.middleware += 1
        steps = HostFunction(proceed, name="next", blocking=True), HostFunction(proceed, name="next")
        try:
            result = await call(self._function, context_of(ctx), self._encoded(turn), *steps)
        except JsError as error:
            raise _thrown(self.name, self._index, error) from error
        return self._decoded(result)

    def _encoded(self, turn: Turn) -> dict[str, Any]:
        self._state.counters.encodes += 1
        return encode_turn(turn)

    def _decoded(self, value: Any) -> Turn:
        self._state.counters.decodes += 1
        try:
            return decode_turn(value, f"turn of middleware {self._index} ({self.name})")
        except DecodeError as error:
            error.details = {**error.details, "middleware": self.name, "index": self._index}
            raise


def _derived(ctx: RunContext, changed: Any) -> RunContext:
    """Return the context for what is inside: tags, trace id and `extra` are what a script may change."""
    given = changed if isinstance(changed, dict) else {}
    fields = {own: given[name] for name, own in _CHANGEABLE.items() if name in given}
    same = all(getattr(ctx, name) == value for name, value in fields.items())
    return ctx if same else ctx.derive(**fields)


def _thrown(name: str, index: int, error: JsError) -> MiddlewareError:
    """Return the error for what a script threw itself; what came from further in passes as it is."""
    made = MiddlewareError(
        f"{name}: {error.message} (middleware {index})",
        subject=name,
        details={"middleware": name, "index": index, "js_stack": error.js_stack},
    )
    return with_notes(made, error)
