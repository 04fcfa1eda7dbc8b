"""Recordings of what an engine makes of turns: for applications and their tests, whatever the vendor is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.engine.inference import InferenceResult
from geppetto.engine.keys import INFERENCE_CONFIG, INFERENCE_RESULT
from geppetto.engine.listening import Listening
from geppetto.errors import DeadlineExceeded, EngineError, GeppettoError, ProviderError, RunCancelled
from geppetto.events import EventTypes
from geppetto.recording.cassette import take, unused
from geppetto.recording.http import json_copy
from geppetto.turns import serde
from geppetto.turns.canonical import canonical_blocks

if TYPE_CHECKING:
    from geppetto.engine.context import RunContext
    from geppetto.engine.contract import Engine
    from geppetto.events.model import Correlation, Event
    from geppetto.recording.cassette import Cassette
    from geppetto.turns import Turn

__all__ = ["RecordingEngine", "ReplayEngine"]


class RecordingEngine:
    """Let another engine complete turns, and keep what it was given, published and gave."""

    def __init__(self, inner: Engine, cassette: Cassette) -> None:
        self._inner, self._cassette = inner, cassette
        self.name = getattr(inner, "name", "") or cassette.engine

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete `turn`; of a call that is cut short, what came of it is kept."""
        events: list[dict[str, Any]] = []
        interaction = {"request": _request(ctx, turn), "events": events, "reply": _failed(ctx, None)}
        # in the cassette before there is a reply: a call that does not stop is left behind, and nobody hears of its end
        self._cassette.interactions.append(interaction)
        try:
            completed = await self._inner.run_inference(
                ctx.derive(port=Listening(ctx.port, lambda *event: events.append(_published(*event)))), turn
            )
        except BaseException as error:
            interaction["reply"] = _failed(ctx, error)
            raise
        interaction["reply"] = _reply(turn, completed)
        return completed


class ReplayEngine:
    """Complete turns from a cassette: each interaction once, to the turn with the same content."""

    def __init__(self, cassette: Cassette, types: EventTypes | None = None) -> None:
        self._left = list(cassette.interactions)
        self._types = types or EventTypes()
        self.name = cassette.engine

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete `turn`; raise the recorded error, or ConfigError (CASSETTE_NO_MATCH) for a turn that is not there."""
        wanted = _request(ctx, turn)
        found = take(self._left, wanted, lambda recorded: recorded == wanted, "turn")
        for kept in found.get("events", ()):
            event = self._types.from_json(kept)
            event.correlation = ctx.correlation.within(**_inner_ids(kept))
            ctx.emit(event)
            await ctx.drain()
        reply = found["reply"]
        if "error" in reply:
            raise _raised(reply["error"])
        completed = turn.clone().append(*(serde.block_from_json(block) for block in reply["blocks"]))
        if reply.get("result"):
            completed.metadata.set(INFERENCE_RESULT, InferenceResult.from_json(reply["result"]))
        return completed

    def check_all_used(self) -> None:
        """Raise ConfigError (CASSETTE_UNUSED) when an interaction was not asked for."""
        if self._left:
            raise unused(self._left, "turn")


def _request(ctx: RunContext, turn: Turn) -> dict[str, Any]:
    """Return what tells one request from another: contents, options and tools; ids are made up anew in each run."""
    config = turn.data.get(INFERENCE_CONFIG)
    return {
        "blocks": json_copy(canonical_blocks(turn.blocks)),
        "inference": (config.over(ctx.inference) if config else ctx.inference).to_json(),
        "tools": sorted(tool.name for tool in ctx.tools),
    }


def _published(event: Event, correlation: Correlation) -> dict[str, Any]:
    found = event.to_json()
    kept = {name: value for name, value in found.items() if name not in {"seq", "time"}}
    return kept | {"correlation": correlation.to_json()}


def _reply(before: Turn, after: Turn) -> dict[str, Any]:
    result = after.metadata.get(INFERENCE_RESULT)
    blocks = [json_copy(serde.block_to_json(block)) for block in after.blocks[len(before.blocks) :]]
    return {"blocks": blocks, "result": json_copy(result.to_json()) if result else None}


def _failed(ctx: RunContext, error: BaseException | None) -> dict[str, Any]:
    """Return the reply of a call that raised; what is no `Exception`, or nothing at all, cut it short."""
    if isinstance(error, GeppettoError):
        return {"error": _error(error)}
    if isinstance(error, Exception):
        return {"error": _error(EngineError(f"{type(error).__name__}: {error}"))}
    kind = DeadlineExceeded if ctx.remaining() == 0 else RunCancelled
    return {"error": _error(kind("the recorded run was cut short here", phase="recording"))}


def _error(error: GeppettoError) -> dict[str, Any]:
    own = {name: value for name, value in vars(error).items() if isinstance(value, str | int | float)}
    return {"class": type(error).__name__, **json_copy(own | error.to_json())}


def _raised(kept: dict[str, Any]) -> GeppettoError:
    """Return a recorded error, of its own class where that is one of ours."""
    from geppetto import errors

    found = getattr(errors, str(kept["class"]), None)
    kind = found if isinstance(found, type) and issubclass(found, GeppettoError) else ProviderError
    error: GeppettoError = errors.restored(kind, str(kept["message"]))
    vars(error).update({name: value for name, value in kept.items() if name != "class" and value is not None})
    return error


def _inner_ids(kept: dict[str, Any]) -> dict[str, str]:
    """Return the ids below the run's own: those of the provider call, the segment and the tool call."""
    recorded = kept.get("correlation") or {}
    return {
        name: recorded[name]
        for name in ("provider_call_id", "segment_id", "tool_call_id")
        if recorded.get(name)
    }
