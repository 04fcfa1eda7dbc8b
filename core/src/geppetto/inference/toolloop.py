"""The tool loop: call the engine, run the tools it asks for, until it asks for none."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geppetto.engine.keys import INFERENCE_RESULT, TOOL_CONFIG, TOOL_DEFINITIONS
from geppetto.errors import EngineError, GeppettoError, MaxIterationsReached, RunAborted
from geppetto.inference.budget import check_budget
from geppetto.inference.progress import Progress, tool_use_block
from geppetto.tooling.executor import ToolExecutor
from geppetto.turns import SnapshotPhase, Turn, mark_waiting, pending_calls
from geppetto.turns.calls import own_ids

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.engine.context import RunContext
    from geppetto.inference.spec import RunSpec
    from geppetto.middleware.chain import Chain
    from geppetto.tooling.definition import ToolOutcome
    from geppetto.turns import ToolCall

__all__ = ["ToolLoop"]


class ToolLoop:
    """One run's loop; without a tool registry it is a single call of the engine."""

    def __init__(self, spec: RunSpec, chain: Chain, host: Any, progress: Progress) -> None:
        self._spec, self._host = spec, host
        self._progress = progress
        self._call = chain.wrap("call", self._engine_call, Turn)
        self._failures: dict[str, int] = {}
        self._executor = None
        if spec.tools is not None:
            self._executor = ToolExecutor(
                spec.tools, host.threads, config=spec.tool_config, hooks=spec.tool_hooks, chain=chain
            )

    async def run(self, ctx: RunContext, turn: Turn) -> Turn:
        """Complete a turn; raise MaxIterationsReached or RunAborted when the loop must give up."""
        if self._executor is None:
            return await self._once(ctx, turn)
        turn = self._announce(turn)
        if calls := pending_calls(
            turn
        ):  # approved, or left open by whoever made the turn: no request may hold them
            turn = await self._run_tools(ctx, turn, calls)
            if self._progress.pending:
                return turn
        most = self._spec.tool_loop.max_iterations
        for iteration in range(most):
            if iteration:
                self._check_budget()
            step = ctx.derive(iteration=iteration)
            turn = await self._once(step, turn)
            calls = pending_calls(turn)
            if not calls:
                return turn
            self._progress.calls = calls  # from here on a run that is cut short answers them
            await self._pause(step, "after_inference", "Review next action", {"pending_tools": len(calls)})
            turn = await self._run_tools(step, turn, calls)
            await self._pause(step, "after_tools", "Review tool results", {})
            if self._progress.pending:
                return turn
        raise MaxIterationsReached(
            f"max iterations ({most}) reached",
            subject="tool_loop.max_iterations",
            next_step="raise the cap, or look at why the model keeps calling tools",
        )

    def _check_budget(self) -> None:
        limits = self._spec.tool_loop
        if limits.max_total_tokens is not None or limits.max_cost is not None:
            check_budget(limits, self._progress.result, self._host.models.cost_of)

    def _announce(self, turn: Turn) -> Turn:
        """Write on the turn which tools are offered, and how (003 §31.4)."""
        assert self._spec.tools is not None
        offered = [
            {"name": t.name, "description": t.description, "parameters": dict(t.parameters)}
            for t in self._spec.tools
            if self._spec.tool_config.allows(t.name)
        ]
        turn.data.set(TOOL_CONFIG, self._spec.tool_config)
        turn.data.set(TOOL_DEFINITIONS, offered)
        return turn

    async def _once(self, ctx: RunContext, turn: Turn) -> Turn:
        """Make one engine call through the middlewares."""
        self._progress.check()
        ctx.snapshot(SnapshotPhase.PRE_INFERENCE, turn)
        turn = own_ids(await self._call(ctx, turn))
        self._progress.accept(turn)
        ctx.snapshot(SnapshotPhase.POST_INFERENCE, turn)
        return turn

    async def _engine_call(self, ctx: RunContext, turn: Turn) -> Turn:
        self._progress.begin_call(ctx)
        try:
            reply: Any = await (ctx.engine or self._spec.engine).run_inference(ctx, turn)
        except GeppettoError:
            raise
        except Exception as error:
            name = self._spec.engine_name or type(self._spec.engine).__name__
            raise EngineError(f"engine {name}: {type(error).__name__}: {error}", subject=name) from error
        if not isinstance(reply, Turn):
            raise EngineError(
                f"the engine returned {type(reply).__name__}, expected Turn", code="ENGINE_RESULT"
            )
        self._progress.replied(reply)
        return reply

    async def _run_tools(self, ctx: RunContext, turn: Turn, calls: Sequence[ToolCall]) -> Turn:
        assert self._executor is not None
        progress = self._progress
        progress.check()
        progress.calls = list(calls)
        outcomes = await self._executor.execute(ctx, calls, progress.outcomes)
        answered = turn.clone().append(*(tool_use_block(o) for o in outcomes if o.status != "pending"))
        # what the engine told of itself is counted; the next call may tell nothing
        answered.metadata.delete(INFERENCE_RESULT)
        waiting = {o.call_id: o.error for o in outcomes if o.status == "pending"}
        mark_waiting(answered, waiting)
        progress.accept(answered)
        progress.pending = bool(waiting)
        ctx.snapshot(SnapshotPhase.POST_TOOLS, answered)
        self._watch_repeats(calls, outcomes)
        return answered

    async def _pause(self, ctx: RunContext, phase: str, summary: str, extra: dict[str, Any]) -> None:
        """Let the step controller hold the run, where there is one."""
        controller = self._spec.step_controller
        if controller is not None and not self._progress.pending:
            await controller.hold(ctx, phase, summary, self._spec.pause_timeout, extra)

    def _watch_repeats(self, calls: Sequence[ToolCall], outcomes: Sequence[ToolOutcome]) -> None:
        """End a run in which the model keeps making one call that keeps failing; equal calls of one reply count once."""
        made = {
            f"{call.name} {json.dumps(call.arguments, sort_keys=True)}": (call, outcome)
            for call, outcome in zip(calls, outcomes, strict=True)
        }
        for same, (call, outcome) in made.items():
            count = self._failures.get(same, 0) + 1 if outcome.failed else 0
            self._failures[same] = count
            if count >= self._spec.tool_loop.repeat_limit:
                raise RunAborted(
                    f"tool {call.name} failed {count} times with the same arguments: {outcome.error}",
                    subject=call.name,
                    next_step="look at the tool's error; the model could not get past it",
                    details={"call_id": call.id, "failures": count},
                )
