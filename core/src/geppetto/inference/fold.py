"""ReplyFold: the reply so far, folded from the run's own delta events, for when a run is cut short."""

from __future__ import annotations

import time
from typing import Any

from geppetto.events import model as events
from geppetto.turns import Block, BlockKind, Role

__all__ = ["ReplyFold"]

_DELTAS: dict[type[events.Event], BlockKind] = {
    events.TextDelta: BlockKind.LLM_TEXT,
    events.ReasoningDelta: BlockKind.REASONING,
}
_TOLD = ("model", "request_id", "response_id")
_ENDS = (events.TextSegmentFinished, events.ReasoningSegmentFinished)


class _Segment:
    __slots__ = ("done", "kind", "parts")

    def __init__(self, kind: BlockKind) -> None:
        self.kind = kind
        self.parts: list[str] = []
        self.done = False


class ReplyFold:
    """Keep the segments and the tool calls of the provider call that is under way."""

    def __init__(self) -> None:
        self._segments: dict[str, _Segment] = {}
        #: names of the tool calls that were begun, by call id
        self.calls: dict[str, str] = {}
        #: what is known of the provider call that is under way, by the names of InferenceResult; empty without one
        self.known: dict[str, str] = {}
        #: when the first content came, on `time.perf_counter`
        self.first: float | None = None

    def clear(self) -> None:
        """Forget everything: a new provider call begins, or the reply was taken over."""
        self._forget()
        self.known = {}

    def _forget(self) -> None:
        self._segments.clear()
        self.calls.clear()

    def take(self, event: events.Event) -> None:
        """Take one event as the engine emitted it."""
        at = event.correlation
        if at is None or at.origin != "user":
            return
        kind = _DELTAS.get(type(event))
        if kind is not None:
            segment = self._segments.get(at.segment_id)
            if segment is None:
                self.first = self.first or time.perf_counter()
                segment = self._segments[at.segment_id] = _Segment(kind)
            delta: Any = event
            segment.parts.append(delta.delta)
        elif isinstance(event, _ENDS):
            if at.segment_id in self._segments:
                self._segments[at.segment_id].done = True
        elif isinstance(event, events.ToolCallStarted):
            self.calls[at.tool_call_id] = event.name
        elif isinstance(event, events.AttemptDiscarded):
            self._forget()
        elif isinstance(event, events.ProviderCallStarted):
            self.known = {"provider": event.provider, "model": event.model}
        elif isinstance(event, events.ProviderCallMetadata):
            self.known |= {name: str(event.metadata[name]) for name in _TOLD if event.metadata.get(name)}

    def blocks(self) -> list[Block]:
        """Return the text and reasoning so far as blocks; unfinished ones are marked `partial`."""
        found = []
        for block_id, segment in self._segments.items():
            payload: dict[str, Any] = {"text": "".join(segment.parts)}
            if not segment.done:
                payload["partial"] = True
            role = Role.ASSISTANT.value if segment.kind is BlockKind.LLM_TEXT else ""
            found.append(Block(segment.kind, payload, id=block_id, role=role))
        return found
