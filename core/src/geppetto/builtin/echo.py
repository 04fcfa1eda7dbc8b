"""The echo engine: repeats the last prompt, or says what it was told to say. For trying things out and for tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from geppetto.engine.contract import Capabilities, EngineFactory
from geppetto.engine.reply import Reply
from geppetto.turns import BlockKind, FinishClass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.engine.context import RunContext
    from geppetto.engine.deps import Deps
    from geppetto.turns import Turn

__all__ = ["ECHO", "EchoEngine", "last_prompt", "say"]


def last_prompt(turn: Turn) -> str:
    """Return the text of the last user block, or the empty text."""
    found = turn.of_kind(BlockKind.USER)
    return found[-1].text if found else ""


async def say(ctx: RunContext, reply: Reply, text: str) -> None:
    """Write a text word by word, as a model streams it."""
    for piece in re.findall(r"\S+\s*|\s+", text):
        reply.text(piece)
        await ctx.drain()


class EchoEngine:
    """Answer with `reply`, or with the last prompt when that is None."""

    def __init__(self, reply: str | None = None) -> None:
        self._reply = reply

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete the turn with the text."""
        reply = Reply(ctx, provider="echo", model="echo")
        reply.start()
        await say(ctx, reply, last_prompt(turn) if self._reply is None else self._reply)
        reply.finish(finish_class=FinishClass.COMPLETED, stop_reason="stop")
        return reply.extend(turn)


def _settings() -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": {"reply": {"type": "string", "description": "what to say instead of the prompt"}},
        "additionalProperties": False,
    }


def _build(settings: Mapping[str, Any], _deps: Deps) -> EchoEngine:
    return EchoEngine(settings.get("reply"))


ECHO = EngineFactory(
    name="echo",
    build=_build,
    settings=_settings,
    display_name="Echo",
    description="Repeat the prompt; needs no model",
    capabilities=Capabilities(streaming=True),
)
