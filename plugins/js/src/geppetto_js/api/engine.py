"""A function of a script as an engine of the host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import EngineError
from geppetto.notes import with_notes

from geppetto_js.api.calling import call
from geppetto_js.api.context import context_of
from geppetto_js.api.turncodec import decode_turn, encode_turn
from geppetto_js.errors import JsError

if TYPE_CHECKING:
    from geppetto import Engine, RunContext, Turn

    from geppetto_js.api.state import ApiState

__all__ = ["js_engine"]


def js_engine(state: ApiState, name: str, function: Any) -> Engine:
    """Return an engine that calls `function(turn, ctx)`: it gives the turn, or the text of the reply."""
    from geppetto.builtin.function import FunctionEngine

    async def run(ctx: RunContext, turn: Turn) -> Turn | str:
        state.counters.encodes += 1
        try:
            result = await call(function, encode_turn(turn), context_of(ctx))
        except JsError as error:
            raise _thrown(name, error) from error
        if isinstance(result, str):
            return result
        state.counters.decodes += 1
        return decode_turn(result, f"turn of engine {name}")

    engine = FunctionEngine(run, state.host.threads)
    engine.name = name
    return engine


def _thrown(name: str, error: JsError) -> EngineError:
    made = EngineError(
        f"js engine callback: {error.message}", subject=name, details={"js_stack": error.js_stack}
    )
    return with_notes(made, error)
