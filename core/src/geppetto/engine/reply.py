"""Reply: what an engine fills while a provider answers. It publishes the events and collects the blocks.

Every engine reports through this one class, so that the event order and the blocks are the same for all of them:
segments open by themselves, close when something else begins, and blocks keep the provider's order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine.inference import InferenceResult, Usage
from geppetto.events import model as events
from geppetto.turns import Block, BlockKind, FinishClass, PayloadKey, Role, json_text, new_id

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable

    from geppetto.engine.context import RunContext
    from geppetto.turns import Turn

__all__ = ["Reply"]


class _Draft:
    """A block that is still being written."""

    __slots__ = ("correlation", "id", "kind", "name", "parts", "payload")

    def __init__(self, kind: BlockKind, block_id: str, correlation: events.Correlation) -> None:
        self.kind = kind
        self.id = block_id
        self.correlation = correlation
        self.name = ""
        self.parts: list[str] = []
        self.payload: dict[str, Any] = {}

    @property
    def text(self) -> str:
        return "".join(self.parts)


_SEGMENTS: dict[BlockKind, tuple[type[events.Event], type[Any], type[Any]]] = {
    BlockKind.LLM_TEXT: (events.TextSegmentStarted, events.TextDelta, events.TextSegmentFinished),
    BlockKind.REASONING: (
        events.ReasoningSegmentStarted,
        events.ReasoningDelta,
        events.ReasoningSegmentFinished,
    ),
}


class Reply:
    """Collect one provider call's answer and publish its events.

    `taken` are the ids of the calls that the turn has: some hosts count from 0 in every reply, and a call whose id is
    that of an answered one would never run. Call `start()`, then `text`, `reasoning`, `tool_call` and `opaque` as content arrives, then `finish(...)`; at the
    end `extend(turn)` gives the completed turn.
    """

    def __init__(self, ctx: RunContext, *, provider: str, model: str = "", taken: Iterable[str] = ()) -> None:
        self._ctx = ctx
        self._call = ctx.correlation.within(provider_call_id=new_id())
        self._drafts: list[_Draft] = []
        self._calls: dict[Hashable, _Draft] = {}
        self._taken = set(taken)
        self._segment: _Draft | None = None
        self.result = InferenceResult(provider=provider, model=model)
        #: True from the first content on: the point after which a call is not tried again
        self.started = False

    def start(self) -> None:
        """Announce the provider call."""
        started = events.ProviderCallStarted(
            self.result.provider, self.result.model, self._ctx.iteration, correlation=self._call
        )
        self._ctx.emit(started)

    def metadata(self, *, model: str = "", request_id: str = "", response_id: str = "", **more: Any) -> None:
        """Keep what the provider said about itself and publish it."""
        known = {"model": model, "request_id": request_id, "response_id": response_id}
        for name, value in known.items():
            if value:
                setattr(self.result, name, value)
        found = {name: value for name, value in {**known, **more}.items() if value}
        self._ctx.emit(events.ProviderCallMetadata(found, correlation=self._call))

    def text(self, delta: str) -> None:
        """Add text; empty text only marks that content began."""
        self._write(BlockKind.LLM_TEXT, delta)

    def reasoning(self, delta: str) -> None:
        """Add reasoning, or the summary of it."""
        self._write(BlockKind.REASONING, delta)

    def _write(self, kind: BlockKind, delta: str) -> None:
        draft = self._segment
        if draft is None or draft.kind is not kind:
            draft = self._open(kind)
        if delta:
            _check_text(delta)
            draft.parts.append(delta)
            self._ctx.emit(_SEGMENTS[kind][1](delta, correlation=draft.correlation))

    def _open(self, kind: BlockKind) -> _Draft:
        self.close_segment()
        block_id = new_id()
        draft = self._segment = _Draft(kind, block_id, self._call.within(segment_id=block_id))
        self._drafts.append(draft)
        self.started = True
        self._ctx.emit(_SEGMENTS[kind][0](correlation=draft.correlation))
        return draft

    def close_segment(self) -> None:
        """End the open text or reasoning segment; the next text begins a new block."""
        draft, self._segment = self._segment, None
        if draft is not None:
            self._ctx.emit(_SEGMENTS[draft.kind][2](draft.text, correlation=draft.correlation))

    def attach(self, kind: BlockKind | None = None, /, **payload: Any) -> None:
        """Add payload (a signature, an item id, citations) to the block that was written last.

        With `kind` (llm_text or reasoning), to the last block of that kind; where there is none, an empty one begins.
        """
        if kind is not None:
            found = next((draft for draft in reversed(self._drafts) if draft.kind is kind), None)
            (found or self._open(kind)).payload.update(payload)
        elif self._drafts:
            self._drafts[-1].payload.update(payload)

    def mark(self, kind: BlockKind, /, **payload: Any) -> None:
        """Add payload to every block of a kind that the reply has so far."""
        for draft in self._drafts:
            if draft.kind is kind:
                draft.payload.update(payload)

    def tool_call(self, key: Hashable, *, id: str = "", name: str = "", arguments: str = "") -> None:
        """Add a fragment of the tool call that the provider numbers `key`; parallel calls may interleave.

        A call without an id, or with one that is taken, gets one of ours; the first non-empty name stands.
        """
        draft = self._calls.get(key)
        if draft is None:
            draft = self._open_call(key, id if id and id not in self._taken else new_id())
        if arguments:
            _check_text(arguments)
            draft.parts.append(arguments)
        if name and not draft.name:
            self._name_call(draft, name)
        elif arguments and draft.name:
            self._ctx.emit(events.ToolCallArgumentsDelta(arguments, correlation=draft.correlation))

    def _name_call(self, draft: _Draft, name: str) -> None:
        """Announce a call; arguments that came before its name follow it."""
        draft.name = name
        self._ctx.emit(events.ToolCallStarted(name, correlation=draft.correlation))
        if draft.parts:
            self._ctx.emit(events.ToolCallArgumentsDelta(draft.text, correlation=draft.correlation))

    def _open_call(self, key: Hashable, call_id: str) -> _Draft:
        self.close_segment()
        self._taken.add(call_id)
        draft = _Draft(BlockKind.TOOL_CALL, call_id, self._call.within(tool_call_id=call_id))
        self._calls[key] = draft
        self._drafts.append(draft)
        self.started = True
        return draft

    def attach_call(self, key: Hashable, **payload: Any) -> None:
        """Add payload to a tool call's block."""
        self._calls[key].payload.update(payload)

    def opaque(self, payload: dict[str, Any]) -> None:
        """Add a block of provider content that has no kind of its own; it is replayed as it is."""
        self.close_segment()
        draft = _Draft(BlockKind.OTHER, new_id(), self._call)
        draft.payload = dict(payload)
        self._drafts.append(draft)
        self.started = True

    def emit(self, *found: events.Event) -> None:
        """Publish other events (citations, server tool progress) under this provider call."""
        for event in found:
            event.correlation = event.correlation or self._call
        self._ctx.emit(*found)

    def finish(
        self, *, finish_class: FinishClass | str, stop_reason: str = "", usage: Usage | None = None
    ) -> None:
        """End the reply: close what is open, publish the calls, the usage and why the model stopped."""
        self.close_segment()
        for draft in self._calls.values():
            if not draft.name:
                self._name_call(draft, "")
            arguments = _arguments(draft.text)
            self._ctx.emit(events.ToolCallRequested(draft.name, arguments, correlation=draft.correlation))
        self.result.finish_class, self.result.stop_reason = str(finish_class), stop_reason
        self.result.usage = usage
        self._ctx.emit(
            events.ProviderCallFinished(
                str(finish_class), stop_reason, usage.to_json() if usage else {}, correlation=self._call
            )
        )

    def blocks(self) -> list[Block]:
        """Return the blocks in the provider's order."""
        return [self._block(draft) for draft in self._drafts]

    def _block(self, draft: _Draft) -> Block:
        payload = dict(draft.payload)
        role = ""
        if draft.kind is BlockKind.TOOL_CALL:
            payload = {
                PayloadKey.ID: draft.id,
                PayloadKey.NAME: draft.name,
                PayloadKey.ARGS: _arguments(draft.text),
                **payload,
            }
        elif draft.kind is BlockKind.LLM_TEXT:
            payload, role = {PayloadKey.TEXT: draft.text, **payload}, Role.ASSISTANT.value
        elif draft.kind is BlockKind.REASONING and draft.parts:
            payload = {PayloadKey.TEXT: draft.text, **payload}
        return Block(draft.kind, payload, id=draft.id, role=role)

    def extend(self, turn: Turn) -> Turn:
        """Return `turn` with the reply's blocks and result; the given turn is not changed."""
        from geppetto.engine.keys import INFERENCE_RESULT

        completed = turn.clone().append(*self.blocks())
        completed.metadata.set(INFERENCE_RESULT, self.result)
        return completed


def _check_text(delta: Any) -> None:
    """Refuse what is no text where it comes in, not where the pieces are joined."""
    if not isinstance(delta, str):
        msg = f"expected a text, got {type(delta).__name__}"
        raise TypeError(msg)


def _arguments(text: str) -> Any:
    """Read a call's arguments; text that is no JSON object is kept as it is (providers.md §1 rule 3)."""
    if not text.strip():
        return {}
    try:
        value = json_text.loads(text)
    except ValueError:
        return text
    return value if isinstance(value, dict) else text
