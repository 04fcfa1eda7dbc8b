"""The runner: one run from its first event to the turn it leaves behind, complete or cut short."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from geppetto.engine.context import RunContext, RunPort
from geppetto.engine.keys import INFERENCE_CONFIG, TRACE_ID
from geppetto.errors import GeppettoError
from geppetto.events.model import Correlation, ErrorEvent
from geppetto.inference.toolloop import ToolLoop
from geppetto.middleware.bridge import call_plain, is_async
from geppetto.turns import Turn

if TYPE_CHECKING:
    from geppetto.inference.progress import Progress
    from geppetto.inference.spec import RunSpec
    from geppetto.middleware.chain import Chain

__all__ = ["Runner", "reply_dropped"]


def reply_dropped(reason: str) -> ErrorEvent:
    """Make the event that tells of text that no middleware has seen, and that therefore nobody keeps."""
    message = f"the unfinished reply is dropped, a middleware could not take it: {reason}"
    return ErrorEvent(GeppettoError(message, code="PARTIAL_REPLY_DROPPED").to_json())


class Runner:
    """Run a spec on a turn; `progress` holds what there is at any moment."""

    def __init__(self, spec: RunSpec, chain: Chain, progress: Progress, host: Any) -> None:
        self._spec = spec
        self._chain = chain
        self._progress = progress
        self._host = host

    def context(self, port: RunPort, correlation: Correlation) -> RunContext:
        """Make the context that the run's parts see."""
        spec = self._spec
        offered = tuple(t for t in spec.tools or () if spec.tool_config.allows(t.name))
        own = self._progress.turn.data.get(INFERENCE_CONFIG)
        return RunContext(
            port=port,
            correlation=correlation,
            trace_id=self._progress.turn.metadata.get(TRACE_ID) or correlation.run_id,
            tags=dict(spec.tags),
            host=self._host,
            inference=own.over(spec.inference) if own else spec.inference,
            tools=offered,
            tool_config=spec.tool_config,
            tap=spec.tap,
            engine=spec.engine,
        )

    async def run(self, ctx: RunContext) -> None:
        """Complete the turn; on failure and cancel keep what there is, then raise."""
        progress = self._progress
        progress.begin()
        loop = ToolLoop(self._spec, self._chain, self._host, progress)
        try:
            turn = await self._chain.wrap("run", loop.run, Turn)(ctx, progress.turn)
            progress.check()
            progress.accept(turn)
            await self._persist(ctx)
        except BaseException:
            await self._salvage(ctx)
            raise

    async def _persist(self, ctx: RunContext) -> None:
        """Hand the completed turn to the persisters; one that fails is an event, the reply stays."""
        for persister in self._spec.persisters:
            stored = self._progress.preview(ctx)
            try:
                if is_async(persister):
                    await persister(stored)
                else:
                    await call_plain(self._host.threads, persister, (stored,), leave=ctx.port.leave)
            except Exception as error:
                name = getattr(persister, "__name__", type(persister).__name__)
                failure = GeppettoError(f"persister {name}: {error}", code="PERSIST_FAILED", subject=name)
                self._progress.result.persist_errors.append(failure.message)
                ctx.emit(ErrorEvent(failure.to_json()))

    async def _salvage(self, ctx: RunContext) -> None:
        """Keep the tool results and the unfinished reply of a run that is cut short."""
        progress = self._progress
        if progress.calls:
            progress.answer_calls()
            return
        blocks = progress.unfinished()
        if not blocks:
            return
        progress.result.partial = True
        try:
            async with asyncio.timeout(self._spec.grace / 2):
                progress.accept(await self._as_a_reply(ctx, blocks))
        except Exception as error:  # what a middleware would have changed must not slip past it
            progress.reply, progress.result.partial = None, False
            ctx.emit(reply_dropped(str(error)))

    async def _as_a_reply(self, ctx: RunContext, blocks: list[Any]) -> Turn:
        """Pass unfinished blocks through the middlewares, as a whole reply would."""

        async def reply(_ctx: RunContext, turn: Turn) -> Turn:
            return turn.clone().append(*blocks)

        call = self._chain.wrap("call", reply, Turn)
        turn: Turn = await self._chain.wrap("run", call, Turn)(
            self._progress.context or ctx, self._progress.turn.clone()
        )
        return turn
