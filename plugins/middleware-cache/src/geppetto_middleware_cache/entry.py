"""An entry: a reply as it is kept, and whether it may be."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from geppetto.engine import InferenceResult
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.events import EventTypes
from geppetto.turns import FinishClass, json_text, serde, waiting_calls

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.events import Event
    from geppetto.turns import Block, Turn

__all__ = ["Entry", "entry_of"]

#: how a reply ends that is whole: the others are errors, or another try may end better
_WHOLE = frozenset(
    {
        FinishClass.COMPLETED.value,
        FinishClass.STOP_SEQUENCE.value,
        FinishClass.MAX_TOKENS.value,
        FinishClass.TOOL_CALLS_PENDING.value,
    }
)


@dataclass(slots=True, frozen=True)
class Entry:
    """A reply: its blocks, its result with what it used, and events that do not follow from these.

    `cost` is what it cost by the prices of the day when it was made; `dropped` are the places in the request of the blocks
    that were left out of it.
    """

    blocks: tuple[Block, ...]
    result: InferenceResult
    events: tuple[Event, ...] = ()
    cost: dict[str, Any] = field(default_factory=dict)
    dropped: tuple[int, ...] = ()

    def to_json(self) -> str:
        """Return the entry as JSON text."""
        value = {
            "blocks": [serde.block_to_json(block) for block in self.blocks],
            "result": self.result.to_json(),
            "events": [{"type": str(event.type), **event.payload()} for event in self.events],
            "cost": self.cost,
            "dropped": list(self.dropped),
        }
        return json_text.dumps(value)

    @classmethod
    def from_json(cls, text: str) -> Entry:
        """Read an entry; raise ValueError, KeyError, TypeError or a GeppettoError for what is none."""
        value = json_text.loads(text)
        types = EventTypes()
        return cls(
            tuple(serde.block_from_json(block) for block in value["blocks"]),
            InferenceResult.from_json(value["result"]),
            tuple(types.from_json(event) for event in value["events"]),
            dict(value["cost"]),
            tuple(int(place) for place in value["dropped"]),
        )


def entry_of(asked: Turn, reply: Turn, events: Sequence[Event]) -> Entry | None:
    """Return the entry of a reply to what was asked, None for one that is not whole or is more than a reply."""
    known = len(asked.blocks)
    fresh = reply.blocks[known:]
    if not fresh or reply.blocks[:known] != asked.blocks or not _same_but_result(asked, reply):
        return None
    result = reply.metadata.get(INFERENCE_RESULT)
    if result is None:
        result = InferenceResult(finish_class=FinishClass.COMPLETED.value)
    partial = result.partial or any(block.payload.get("partial") for block in fresh)
    if partial or result.finish_class not in _WHOLE or waiting_calls(reply):
        return None
    places = {block.id: place for place, block in enumerate(asked.blocks)}
    dropped = tuple(places[gone] for gone in result.dropped_blocks if gone in places)
    return Entry(tuple(fresh), replace(result, dropped_blocks=[]), tuple(events), dropped=dropped)


def _same_but_result(asked: Turn, reply: Turn) -> bool:
    """Say whether an engine wrote nothing else on the turn: a hit could not write it again."""
    metadata = reply.metadata.clone()
    metadata.delete(INFERENCE_RESULT)
    return bool(metadata == asked.metadata and reply.data == asked.data)
