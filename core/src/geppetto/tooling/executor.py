"""Running tool calls: rewrite, look up, allow, validate, run; results in call order, every call answered."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto.engine.inference import ToolConfig
from geppetto.errors import GeppettoError, ToolError, nearest
from geppetto.events.model import ToolExecutionFinished, ToolExecutionStarted, ToolResultReady
from geppetto.middleware.bridge import call_plain, is_async
from geppetto.tooling.definition import HookContext, ToolContext, ToolOutcome
from geppetto.tooling.hooks import Retry, ToolHooks
from geppetto.tooling.limits import TooLate, in_time
from geppetto.tooling.results import failure, outcome_of, raised, settled
from geppetto.tooling.retries import backoff
from geppetto.turns import HookAction, ToolCall, ToolErrorHandling, thaw

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from geppetto.engine.context import RunContext
    from geppetto.middleware.chain import Chain
    from geppetto.threads import Threads
    from geppetto.tooling.definition import ToolDefinition
    from geppetto.tooling.registry import ToolRegistry

__all__ = ["ToolExecutor"]


class _Aborted(Exception):
    """Carries the failure that stops the other calls."""

    def __init__(self, call: ToolCall, outcome: ToolOutcome) -> None:
        super().__init__(call.name)
        self.call, self.outcome = call, outcome


class ToolExecutor:
    """Run the calls of one turn with one configuration."""

    def __init__(
        self,
        registry: ToolRegistry,
        threads: Threads,
        *,
        config: ToolConfig | None = None,
        hooks: ToolHooks | None = None,
        chain: Chain | None = None,
        grace: float = 1.0,
    ) -> None:
        self._registry = registry
        self._threads = threads
        self._config = config or ToolConfig()
        self._hooks = hooks or ToolHooks()
        self._grace = grace
        self._retries = self._config.tool_error_handling == ToolErrorHandling.RETRY
        handler: Callable[[RunContext, Any], Awaitable[Any]] = self._attempts
        self._handler = chain.wrap("tool", handler, ToolOutcome) if chain else handler

    async def execute(
        self, ctx: RunContext, calls: Sequence[ToolCall], outcomes: dict[str, ToolOutcome] | None = None
    ) -> list[ToolOutcome]:
        """Run calls, at most `max_parallel_tools` at once, and return their outcomes in call order.

        `outcomes` is filled as calls end, so that a cancelled caller knows what was done. With error handling
        `abort` the first failure stops the others and raises ToolError; all calls are answered in `outcomes`.
        """
        done = {} if outcomes is None else outcomes
        try:
            if len(calls) == 1:
                return [await self._one(ctx, calls[0], done, None)]
            return await self._together(ctx, calls, done)
        except* _Aborted as group:
            first = _first(group)
            for call in calls:
                done.setdefault(call.id, failure(call, "cancelled", "TOOL_CANCELLED", "not run: aborted"))
            raise ToolError(
                f"tool {first.call.name} failed and the run was aborted: {first.outcome.error}",
                code=first.outcome.code or "TOOL_FAILED",
                subject=first.call.name,
                details={"call_id": first.call.id},
            ) from first.outcome.cause

    async def _together(
        self, ctx: RunContext, calls: Sequence[ToolCall], done: dict[str, ToolOutcome]
    ) -> list[ToolOutcome]:
        gate = asyncio.Semaphore(self._config.max_parallel_tools)
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._one(ctx, call, done, gate)) for call in calls]
        return [task.result() for task in tasks]

    async def _one(
        self, ctx: RunContext, call: ToolCall, done: dict[str, ToolOutcome], gate: asyncio.Semaphore | None
    ) -> ToolOutcome:
        if gate is not None:
            async with gate:
                return await self._one(ctx, call, done, None)
        at = ctx.correlation.within(tool_call_id=call.id)
        ctx.emit(ToolExecutionStarted(call.name, thaw(call.arguments), correlation=at))
        began = time.perf_counter()
        outcome = failure(call, "cancelled", "TOOL_CANCELLED", "the call was cancelled")
        try:
            outcome = await self._guarded(ctx, call)
        finally:
            done[call.id] = outcome
            took = (time.perf_counter() - began) * 1000
            ctx.emit(
                ToolResultReady(call.name, thaw(outcome.result), outcome.error, correlation=at),
                ToolExecutionFinished(call.name, outcome.status, outcome.attempts, took, correlation=at),
            )
        if outcome.failed and self._aborts(outcome):
            raise _Aborted(call, outcome)
        return outcome

    def _aborts(self, outcome: ToolOutcome) -> bool:
        if outcome.abort is None:
            return self._config.tool_error_handling == ToolErrorHandling.ABORT
        return outcome.abort

    async def _guarded(self, ctx: RunContext, call: ToolCall) -> ToolOutcome:
        """Run a call through the middlewares; whatever they raise becomes the call's outcome."""
        try:
            outcome: ToolOutcome = await self._handler(ctx, call)
        except GeppettoError as error:
            return raised(call, error)
        return settled(call, outcome)

    async def _attempts(self, ctx: RunContext, call: ToolCall) -> ToolOutcome:
        """Run a call between its hooks; the answer is the given call's, whatever id a hook gave it in between."""
        found = await self._hooks.before(self._threads, call, HookContext(ctx, call.id))
        if isinstance(found, ToolOutcome):
            if found.status != "pending" or call.approval is None:
                return found
            found = None  # who asks again has been answered
        seen = call if found is None else replace(found, id=found.id or call.id)
        began = time.perf_counter()
        outcome = self._refusal(seen) or await self._tried(ctx, seen)
        context = HookContext(ctx, seen.id, outcome.attempts, elapsed=time.perf_counter() - began)
        changed: ToolOutcome | None = await self._hooks.after(self._threads, seen, outcome, context)
        return replace(changed or outcome, call_id=call.id)

    def _refusal(self, call: ToolCall) -> ToolOutcome | None:
        """Return the answer to a call that must not run, in the order of the contracts."""
        if call.name not in self._registry:
            guess = nearest(call.name, self._registry.names())
            hint = f"; did you mean {guess}?" if guess else ""
            return failure(call, "error", "TOOL_NOT_FOUND", f"tool not found: {call.name}{hint}")
        if not self._config.allows(call.name):
            return failure(call, "refused", "TOOL_NOT_ALLOWED", f"tool not allowed: {call.name}")
        problems = [call.problem] if call.problem else self._registry.problems(call.name, call.arguments)
        if problems:
            return failure(call, "error", "TOOL_ARGUMENTS_INVALID", "; ".join(problems[:5]))
        return None

    async def _tried(self, ctx: RunContext, call: ToolCall) -> ToolOutcome:
        """Run the handler, again after a failure where the configuration or a hook says so."""
        if not self._retries and self._hooks.on_tool_error is None:
            return await self._run(ctx, call, 1)
        from tenacity import AsyncRetrying, retry_if_result

        attempts = itertools.count(1)

        async def once() -> tuple[ToolOutcome, float | None]:
            outcome = await self._run(ctx, call, next(attempts))
            return await self._judged(ctx, call, outcome)

        controller = AsyncRetrying(
            retry=retry_if_result(lambda tried: tried[1] is not None),
            wait=lambda state: state.outcome.result()[1] if state.outcome else 0.0,
        )
        last: tuple[ToolOutcome, float | None] = await controller(once)
        return last[0]

    async def _judged(
        self, ctx: RunContext, call: ToolCall, outcome: ToolOutcome
    ) -> tuple[ToolOutcome, float | None]:
        """Return an outcome and the seconds until the next try: what the hook says, else what the configuration says."""
        if not outcome.failed or outcome.code == "TOOL_ARGUMENTS_INVALID":
            return outcome, None
        attempt, retry = outcome.attempts, self._config.retry
        own = backoff(retry, attempt) if self._retries and attempt <= retry.max_retries else None
        context = HookContext(ctx, call.id, attempt, retry_after=own)
        try:
            said = await self._hooks.action(self._threads, call, outcome, context)
        except ToolError as error:  # the hook's failure does not hide the tool's
            return replace(outcome, error=f"{outcome.error}; {error}"), None
        if said is None:
            return outcome, own
        if said in {HookAction.ABORT, HookAction.CONTINUE}:
            return replace(outcome, abort=said is HookAction.ABORT), None
        most = retry.max_retries if self._hooks.max_retries is None else self._hooks.max_retries
        if attempt > most:
            return outcome, None
        return outcome, said.pause if isinstance(said, Retry) else backoff(retry, attempt)

    async def _run(self, ctx: RunContext, call: ToolCall, attempt: int) -> ToolOutcome:
        definition = self._registry.get(call.name)
        seconds = self._config.execution_timeout if definition.timeout is None else definition.timeout
        work = self._handle(definition, ctx, call, attempt)
        try:
            result = await in_time(work, seconds, grace=self._grace, leave=ctx.port.leave)
        except TooLate:
            return failure(call, "timeout", "TOOL_TIMEOUT", f"no result within {seconds:g} s", attempt)
        except Exception as error:
            return raised(call, error, attempt)
        return outcome_of(call, result, attempt)

    async def _handle(self, definition: ToolDefinition, ctx: RunContext, call: ToolCall, attempt: int) -> Any:
        arguments, context = thaw(call.arguments), ToolContext(ctx, call.id, attempt)
        if is_async(definition.handler):
            return await definition.handler(arguments, context)
        # nothing can stop a thread: it is left behind at once, so that the timeout is one
        return await call_plain(
            self._threads, definition.handler, (arguments, context), grace=0, leave=ctx.port.leave
        )


def _first(group: BaseExceptionGroup[_Aborted]) -> _Aborted:
    found = group.exceptions[0]
    return _first(found) if isinstance(found, BaseExceptionGroup) else found
