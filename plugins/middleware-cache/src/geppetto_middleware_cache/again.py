"""A hit: the kept reply once more, through the same Reply that an engine fills, so that events and blocks are an engine's."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from geppetto.engine import Reply, Usage
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.events import ProviderCallMetadata
from geppetto.turns import BlockKind, PayloadKey, json_text, thaw
from geppetto.turns.calls import call_ids

if TYPE_CHECKING:
    from geppetto.engine import RunContext
    from geppetto.turns import Block, Turn

    from geppetto_middleware_cache.entry import Entry

__all__ = ["NOTHING_USED", "answer_again"]

#: what a hit uses
NOTHING_USED = Usage.from_json({each.name: 0 for each in fields(Usage) if each.name != "raw"})


async def answer_again(ctx: RunContext, turn: Turn, entry: Entry) -> Turn:
    """Complete `turn` with a kept reply, under ids of its own, and publish the events that an engine would."""
    kept = entry.result
    reply = Reply(ctx, provider=kept.provider, model=kept.model, taken=call_ids(turn))
    reply.start()
    reply.emit(*(event for event in entry.events if isinstance(event, ProviderCallMetadata)))
    for place, block in enumerate(entry.blocks):
        _say(reply, place, block)
        await ctx.drain()
    reply.emit(*(event for event in entry.events if not isinstance(event, ProviderCallMetadata)))
    reply.finish(finish_class=kept.finish_class, stop_reason=kept.stop_reason, usage=NOTHING_USED)
    return _completed(turn, reply, entry)


def _say(reply: Reply, place: int, block: Block) -> None:
    if block.kind is BlockKind.LLM_TEXT:
        reply.close_segment()  # two blocks of text are two segments
        reply.text(block.text)
    elif block.kind is BlockKind.REASONING:
        reply.close_segment()
        reply.reasoning(block.text)
    elif block.kind is BlockKind.TOOL_CALL:
        payload = block.payload
        name, call = str(payload.get(PayloadKey.NAME, "")), str(payload.get(PayloadKey.ID, ""))
        reply.tool_call(place, id=call, name=name, arguments=_written(payload.get(PayloadKey.ARGS)))
    else:
        reply.opaque(thaw(block.payload))


def _written(arguments: Any) -> str:
    return arguments if isinstance(arguments, str) else json_text.dumps(arguments)


def _completed(turn: Turn, reply: Reply, entry: Entry) -> Turn:
    """Return the turn with the kept blocks under the ids that the events have."""
    told = zip(reply.blocks(), entry.blocks, strict=True)
    completed = turn.clone().append(*(_with_ids(made, kept) for made, kept in told))
    result = replace(
        entry.result,
        usage=NOTHING_USED,
        attempts=0,
        dropped_blocks=[block.id for place, block in enumerate(turn.blocks) if place in entry.dropped],
    )
    completed.metadata.set(INFERENCE_RESULT, result)
    return completed


def _with_ids(made: Block, kept: Block) -> Block:
    payload = dict(kept.payload)
    if kept.kind is BlockKind.TOOL_CALL:
        payload[PayloadKey.ID] = made.payload[PayloadKey.ID]
    return kept.replace(id=made.id, payload=payload)
