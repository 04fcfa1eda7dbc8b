"""The scripted engine: plays a list of replies, one per call. For tests, docs and replays.

A reply is a text, or an object with any of: `text`, `reasoning`, `tool_calls` (`[{name, args, id?}]`), `delay`
(seconds before each piece), `error` (a message: the call fails after what came before), `finish_class`, `usage`.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from geppetto.builtin.echo import say
from geppetto.engine.contract import Capabilities, EngineFactory
from geppetto.engine.inference import Usage
from geppetto.engine.reply import Reply
from geppetto.errors import EngineError, InvalidOption
from geppetto.turns import FinishClass
from geppetto.turns.calls import call_ids

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import Deps
    from geppetto.turns import Turn

__all__ = ["SCRIPTED", "ScriptedEngine"]

_KNOWN = {"text", "reasoning", "tool_calls", "delay", "error", "finish_class", "usage"}


class ScriptedEngine:
    """Play `replies` in order; the turns it was given are kept in `turns`. Raises InvalidOption for a bad script."""

    def __init__(self, replies: Iterable[str | Mapping[str, Any]]) -> None:
        self._replies = [{"text": r} if isinstance(r, str) else dict(r) for r in replies]
        for index, reply in enumerate(self._replies):
            unknown = sorted(reply.keys() - _KNOWN)
            if unknown:
                raise InvalidOption(
                    f"replies/{index}: no field '{unknown[0]}'; known: {', '.join(sorted(_KNOWN))}",
                    subject=f"replies/{index}",
                )
        self.turns: list[Turn] = []

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete the turn with the next reply; raise EngineError when the script is over."""
        if len(self.turns) >= len(self._replies):
            raise EngineError(
                f"the script has {len(self._replies)} replies and was asked for one more", code="SCRIPT_OVER"
            )
        script = self._replies[len(self.turns)]
        self.turns.append(turn.clone())
        reply = Reply(ctx, provider="scripted", model="script", taken=call_ids(turn))
        reply.start()
        await _play(ctx, reply, script)
        told: Any = script.get("usage")
        usage = Usage.from_json(told) if told else None
        default = FinishClass.TOOL_CALLS_PENDING if script.get("tool_calls") else FinishClass.COMPLETED
        reply.finish(finish_class=script.get("finish_class", default), stop_reason="script", usage=usage)
        return reply.extend(turn)


async def _play(ctx: RunContext, reply: Reply, script: Mapping[str, Any]) -> None:
    delay = script.get("delay", 0)
    if script.get("reasoning"):
        reply.reasoning(script["reasoning"])
    for word in str(script.get("text", "")).splitlines(keepends=True) if not delay else _words(script):
        if delay:
            await asyncio.sleep(delay)
        await say(ctx, reply, word)
    for index, call in enumerate(script.get("tool_calls", ())):
        reply.tool_call(
            index, id=call.get("id", ""), name=call["name"], arguments=json.dumps(call.get("args", {}))
        )
    if script.get("error"):
        raise EngineError(script["error"], code="SCRIPTED_ERROR")


def _words(script: Mapping[str, Any]) -> list[str]:
    return [word + " " for word in str(script.get("text", "")).split(" ")]


def _settings() -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": {
            "replies": {"type": "array", "description": "texts or reply objects, played in order"}
        },
        "required": ["replies"],
        "additionalProperties": False,
    }


def _build(settings: Mapping[str, Any], _deps: Deps) -> ScriptedEngine:
    return ScriptedEngine(settings["replies"])


SCRIPTED = EngineFactory(
    name="scripted",
    build=_build,
    settings=_settings,
    display_name="Scripted",
    description="Play a list of replies; needs no model",
    capabilities=Capabilities(streaming=True, tools=True, parallel_tools=True, reasoning=True),
)
