"""Progress: how far a run got, kept outside its coroutines so that a cut run loses nothing."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from geppetto.engine.inference import InferenceResult, Usage
from geppetto.engine.keys import (
    INFERENCE_ID,
    INFERENCE_RESULT,
    MODEL,
    PROVIDER,
    SESSION_ID,
    STOP_REASON,
    USAGE,
)
from geppetto.errors import DecodeError
from geppetto.inference.fold import ReplyFold
from geppetto.turns import Block, FinishClass, Turn, block, mark_waiting

if TYPE_CHECKING:
    from concurrent.futures import Future

    from geppetto.engine.context import RunContext
    from geppetto.tooling.definition import ToolOutcome
    from geppetto.turns import ToolCall

__all__ = ["Progress", "tool_use_block"]

_OF_A_CALL = ("provider", "model", "request_id", "response_id")
_OF_ONE_RUN = (INFERENCE_ID, INFERENCE_RESULT, STOP_REASON, USAGE, PROVIDER, MODEL)


def tool_use_block(outcome: ToolOutcome) -> Block:
    """Make the block that answers a call."""
    return block.tool_use(outcome.call_id, outcome.result, error=outcome.error, parts=outcome.parts)


class Progress:
    """The turn so far, the reply under way, the tools under way, and what was used."""

    def __init__(self, turn: Turn) -> None:
        if turn.metadata:
            for key in _OF_ONE_RUN:  # what an earlier run left is not this run's
                turn.metadata.delete(key)
        self.turn = turn
        self.fold = ReplyFold()
        self.context: RunContext | None = None
        self.reply: Turn | None = None  # what the engine gave, while middlewares still hold it
        self.calls: list[ToolCall] = []
        self.outcomes: dict[str, ToolOutcome] = {}
        self.stop_reason = ""  # why the run was told to stop
        self.pending = False
        self.left: list[Future[Any]] = []
        self.result = InferenceResult(attempts=0, iterations=0)
        self._began = time.perf_counter()
        self._queued = 0.0

    def check(self) -> None:
        """Raise CancelledError when the run was told to stop and somebody ate the cancel."""
        if self.stop_reason:
            raise asyncio.CancelledError(self.stop_reason)

    def begin_call(self, ctx: RunContext) -> None:
        """Note that an engine call begins."""
        self.check()
        self.context = ctx
        self.fold.clear()
        self.reply = None

    def replied(self, turn: Turn) -> None:
        """Note what the engine gave; the middlewares still hold it."""
        self.reply = turn
        self._count(turn)

    def _count(self, turn: Turn) -> None:
        try:
            told = turn.metadata.get(INFERENCE_RESULT)
        except DecodeError:
            told = None  # an engine wrote something of its own there
        told = told or InferenceResult(finish_class=FinishClass.COMPLETED.value)
        mine = self.result
        usage = told.usage if mine.usage is None else mine.usage.plus(told.usage or Usage())
        told.usage, told.attempts, told.iterations = usage, mine.attempts + told.attempts, mine.iterations + 1
        self.result = told

    def accept(self, turn: Turn) -> None:
        """Take a turn that passed all middlewares as the turn so far."""
        self.turn = turn
        self.reply = None
        self.fold.clear()
        self.calls, self.outcomes = [], {}

    def begin(self) -> None:
        """Note that the run's task got its first turn on the loop."""
        self._queued = time.perf_counter() - self._began

    def unfinished(self) -> list[Block]:
        """Return the blocks of a reply that was not accepted; its tool calls are dropped and named."""
        if self.reply is not None:
            known = {found.id for found in self.turn.blocks}
            fresh = [found for found in self.reply.blocks if found.id not in known]
            dropped = [found for found in fresh if found.kind == "tool_call"]
            self.result.dropped_tool_calls = [str(found.payload.get("name")) for found in dropped]
            return [found for found in fresh if found.kind not in {"tool_call", "system"}]
        self.result.dropped_tool_calls = list(self.fold.calls.values())
        self._keep_known()
        return self.fold.blocks()

    def _keep_known(self) -> None:
        """Take over what the provider call that was cut short has told of itself; it counts like a whole one."""
        known, self.fold.known = self.fold.known, {}
        if known:
            for name in _OF_A_CALL:
                setattr(self.result, name, known.get(name, ""))
            self.result.attempts += 1
            self.result.iterations += 1

    def answer_calls(self) -> None:
        """Answer every call of the turn that was under way: with its outcome, or as cancelled."""
        if not self.calls:
            return
        turn = self.turn.clone()
        for call in self.calls:
            outcome = self.outcomes.get(call.id)
            if outcome is None:
                turn.append(block.tool_use(call.id, error="cancelled"))
            elif outcome.status != "pending":
                turn.append(tool_use_block(outcome))
        mark_waiting(turn, {o.call_id: o.error for o in self.outcomes.values() if o.status == "pending"})
        self.accept(turn)

    def _timings(self) -> dict[str, float]:
        """Return the seconds that the run waited, took to its first content, and took in all."""
        found = {"queued": self._queued, "total": time.perf_counter() - self._began}
        if self.fold.first is not None:
            found["first_event"] = self.fold.first - self._began
        return found

    def preview(self, ctx: RunContext) -> Turn:
        """Return a copy of the completed turn as it will be stamped, for those who store it."""
        self.turn.id = ctx.turn_id
        return self.stamp(ctx.session_id, ctx.inference_id, "").clone()

    def stamp(self, session_id: str, run_id: str, finish_class: str) -> Turn:
        """Write the run's ids and result on the turn and return it."""
        result, turn = self.result, self.turn
        if finish_class:
            result.finish_class = finish_class
        result.attempts = max(1, result.attempts)
        result.timings = self._timings()
        result.abandoned_handlers = sum(not thread.done() for thread in self.left)
        put = turn.metadata.set
        put(SESSION_ID, session_id)
        put(INFERENCE_ID, run_id)
        put(INFERENCE_RESULT, result)
        for key, value in (
            (PROVIDER, result.provider),
            (MODEL, result.model),
            (STOP_REASON, result.stop_reason),
        ):
            if value:
                put(key, value)
        if result.usage is not None:
            put(USAGE, result.usage)
        return turn
