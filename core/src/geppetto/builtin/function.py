"""The function engine: any Python function as an engine, `def` or `async def`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from geppetto.engine.contract import Capabilities, EngineFactory
from geppetto.engine.reply import Reply
from geppetto.errors import EngineError, InvalidOption
from geppetto.middleware.bridge import call_plain, is_async, name_of
from geppetto.turns import FinishClass, Turn

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import Deps
    from geppetto.threads import Threads

__all__ = ["FUNCTION", "FunctionEngine"]


class FunctionEngine:
    """Call `function(ctx, turn)`; it gives a Turn, or the text of the reply. A plain `def` runs on a host thread."""

    def __init__(self, function: Callable[..., Any], threads: Threads) -> None:
        self._function = function
        self._threads = threads
        self.name = name_of(function)

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete the turn with what the function gives."""
        result = await self._call(ctx, turn)
        if isinstance(result, Turn):
            return result
        if not isinstance(result, str):
            raise EngineError(
                f"function {self.name} returned {type(result).__name__}, expected Turn or str",
                code="ENGINE_RESULT",
                subject=self.name,
            )
        reply = Reply(ctx, provider="function", model=self.name)
        reply.start()
        reply.text(result)
        reply.finish(finish_class=FinishClass.COMPLETED)
        return reply.extend(turn)

    async def _call(self, ctx: RunContext, turn: Turn) -> Any:
        if is_async(self._function):
            return await self._function(ctx, turn)
        return await call_plain(self._threads, self._function, (ctx, turn), leave=ctx.port.leave)


def _settings() -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": {
            "target": {"type": "string", "description": "module:function to call with (ctx, turn)"}
        },
        "required": ["target"],
        "additionalProperties": False,
    }


def _build(settings: Mapping[str, Any], deps: Deps) -> FunctionEngine:
    target = settings["target"]
    module, _, name = target.partition(":")
    try:
        function = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InvalidOption(
            f"target {target!r} cannot be loaded: {error}",
            subject="target",
            next_step="write module:function",
        ) from error
    if not callable(function):
        raise InvalidOption(f"target {target!r} is no function", subject="target")
    return FunctionEngine(function, deps.submit)


FUNCTION = EngineFactory(
    name="function",
    build=_build,
    settings=_settings,
    display_name="Function",
    description="Call a Python function as the engine",
    capabilities=Capabilities(tools=True, parallel_tools=True),
    runs_code=True,
)
