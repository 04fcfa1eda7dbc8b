"""RunHandle: one run as its caller holds it. It alone ends runs: one terminal event, whatever happens.

The pattern and its reasons: contracts, "One terminal event".
"""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Self

from geppetto.blocking import refuse_in_a_loop
from geppetto.errors import GeppettoError, InvalidOption
from geppetto.events.model import Correlation, Interrupt, RunStarted
from geppetto.given import check, function
from geppetto.inference.clock import RunClock
from geppetto.inference.ending import Ending
from geppetto.inference.hub import EventHub, check_listened, told
from geppetto.inference.outcome import Outcome, ended, wrapped
from geppetto.inference.progress import Progress
from geppetto.inference.runner import Runner, reply_dropped
from geppetto.middleware.chain import Chain
from geppetto.turns import StopReason, Turn, new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence

    from geppetto.engine.inference import InferenceResult
    from geppetto.events.model import Event
    from geppetto.events.stream import EventStream
    from geppetto.inference.spec import RunSpec

__all__ = ["RunHandle"]

_LISTENER = function("a callable that takes an event")


class RunHandle:
    """Wait for a run, watch it or cancel it, from any thread and any event loop.

    Awaiting it gives the completed turn and is shielded: cancelling the waiter leaves the run going. Leaving
    `async with handle` cancels it.
    """

    def __init__(
        self,
        spec: RunSpec,
        turn: Turn,
        session_id: str,
        host: Any,
        loop: asyncio.AbstractEventLoop,
        on_end: Callable[[Turn], object],
    ) -> None:
        self.session_id = session_id
        self.inference_id = new_id()
        self.turn_id = turn.id
        self._spec = spec
        self._host = host
        self._loop = loop
        self._on_end = on_end
        self._progress = Progress(turn)
        self._chain = Chain(spec.points, host.threads, grace=spec.grace / 2)
        self._clock = RunClock(loop, spec.timeout, lambda: self._cancel(StopReason.DEADLINE))
        self._correlation = Correlation(session_id, self.inference_id, turn.id)
        self._ending = Ending()
        self._waiters: list[asyncio.Future[None]] = []
        self._failure: Exception | None = None
        self._grace: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None]
        self._thread = 0
        self._runner = Runner(spec, self._chain, self._progress, host)
        self._hub = EventHub(loop, spec, self._chain, self._progress.fold, self.fail)
        self._context = self._hub.context = self._runner.context(self, self._correlation)

    # -- the run's own side, in its loop ------------------------------------------------------------------------

    def begin(self) -> None:
        """Start the run; called once, in the run's loop. What could be wrong was found when the handle was made."""
        self._thread = self._hub.thread = threading.get_ident()
        self._task = self._loop.create_task(self._run(), name=f"geppetto-run-{self.inference_id}")
        self._task.add_done_callback(self._done)
        try:
            self._hub.emit(
                (RunStarted(self._spec.engine_name, dict(self._spec.shown_tags)),), self._correlation
            )
            self._clock.start()
        except Exception as error:  # the loop would log it, and the run would go on without a beginning
            self.fail(error)

    def begin_soon(self) -> None:
        """Have the run start in its loop; from any thread. What is asked of it from now on comes after its start."""
        self._loop.call_soon_threadsafe(self.begin)

    async def _run(self) -> None:
        """Run, and end the run while still in the task: its waiters go on one turn of the loop earlier."""
        try:
            if self._clock.remaining() == 0:  # before the first step, which may be the whole run
                self._cancel(StopReason.DEADLINE)
            self._progress.check()
            await self._runner.run(self._context)
        except asyncio.CancelledError as stop:
            self._ended(stop, cancelled=True)
            raise
        except BaseException as error:
            self._ended(error, cancelled=False)
            raise
        self._ended(None, cancelled=False)

    def _cancel(self, reason: str) -> None:
        if self._ending.done or self._progress.stop_reason:
            return
        self._progress.stop_reason = str(reason)
        self._hub.emit((Interrupt(self._progress.stop_reason),), self._correlation)
        self._stop_task()

    def fail(self, error: Exception) -> None:
        """End the run with an error that was raised outside its task, as by an event middleware (RunPort)."""
        if self._failure is None and not self._ending.done:
            self._failure = error
            self._stop_task()

    def _stop_task(self) -> None:
        self._task.cancel()
        if self._grace is None:
            self._grace = self._loop.call_later(self._spec.grace, self._abandon)

    def _abandon(self) -> None:
        """Close a run whose code does not stop: its task is left behind and counted."""
        if not self._ending.done:
            self._progress.left.append(Future())
            self._keep_unfinished()
            self._close(
                ended(
                    stop_reason=self._progress.stop_reason,
                    error=self._failure,
                    cancelled=False,
                    pending=False,
                )
            )

    def _keep_unfinished(self) -> None:
        """Keep the tool results, and the unfinished reply where no middleware would have changed it."""
        progress = self._progress
        progress.answer_calls()
        blocks = progress.unfinished()
        if blocks and (self._chain.has("call") or self._chain.has("run")):
            self._hub.emit((reply_dropped("its code does not stop"),), self._correlation)
        elif blocks:
            progress.result.partial = True
            progress.accept(progress.turn.clone().append(*blocks))

    def _done(self, task: asyncio.Task[None]) -> None:
        """End a run whose task was cancelled before its first step, and look at the error, which asyncio expects."""
        self._ended(None if task.cancelled() else task.exception(), cancelled=task.cancelled())

    def _ended(self, error: BaseException | None, *, cancelled: bool) -> None:
        if self._ending.done:
            return
        self._close(
            ended(
                stop_reason=self._progress.stop_reason,
                error=self._failure or error,
                cancelled=cancelled and self._failure is None,
                pending=self._progress.pending,
            )
        )

    def _close(self, outcome: Outcome) -> None:
        """Publish the terminal event and hand out the outcome; nothing is awaited in between."""
        self._clock.stop()
        if self._grace is not None:
            self._grace.cancel()
        turn, error = self._progress.turn, outcome.error
        turn.id = self.turn_id
        try:
            turn = self._progress.stamp(self.session_id, self.inference_id, outcome.finish_class)
            self._on_end(turn)
            self._hub.close(outcome.terminal(self._progress.result), self._correlation)
        except Exception as surprise:  # whoever waits is told, whatever happens here
            error = error or wrapped(surprise)
            self._hub.stream.close()
        if isinstance(error, GeppettoError):
            error.turn = turn
        self._ending.settle(turn, error)
        for waiter in self._waiters:
            if not waiter.done():
                waiter.set_result(None)

    # -- RunPort: what the run's parts reach through their context -----------------------------------------------

    def emit(self, events: Sequence[Event], correlation: Correlation) -> None:
        """Publish events from any thread (RunPort)."""
        self._hub.emit(events, correlation)

    async def drain(self) -> None:
        """Wait while the stream's consumer is behind (RunPort)."""
        await self._hub.stream.drain()

    def remaining(self) -> float | None:
        """Return the seconds left until the deadline, or None without one."""
        return self._clock.remaining()

    def snapshot(self, phase: str, turn: Turn) -> None:
        """Hand a copy of the turn to the snapshot hooks; one that fails is logged like a listener (RunPort)."""
        for hook in self._spec.snapshot_hooks:
            told("a snapshot hook", phase, hook, str(phase), turn.clone())

    def leave(self, thread: Future[Any]) -> None:
        """Count a handler that did not stop (RunPort)."""
        self._progress.left.append(thread)

    def stop_clock(self) -> None:
        """Let the deadline wait (RunPort)."""
        self._clock.stop()

    def start_clock(self) -> None:
        """Let the time go on (RunPort)."""
        if not self._ending.done:
            self._clock.start()

    # -- the caller's side, from any thread -----------------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        """Say whether the run has not ended yet."""
        return not self._ending.done

    def inference_result(self) -> InferenceResult:
        """Return how the run ended, or stands so far."""
        return self._progress.result

    @property
    def partial_turn(self) -> Turn:
        """A copy of the turn as far as the run has got."""
        return self._progress.turn.clone()

    def cancel(self, reason: str = StopReason.USER) -> bool:
        """Ask the run to stop; False when it has ended or was asked before. Raises InvalidOption for a bad reason."""
        if reason not in {StopReason.USER, StopReason.OUTER, StopReason.HOST_CLOSED, StopReason.DEADLINE}:
            raise InvalidOption(f"invalid cancel reason {reason!r}", subject="reason")
        if self._ending.done or self._progress.stop_reason:
            return False
        if threading.get_ident() == self._thread:
            self._cancel(reason)
        elif not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._cancel, reason)
        return True

    def result(self, timeout: float | None = None) -> Turn:
        """Wait in plain code for the completed turn; raises what ended the run, TimeoutError after `timeout` seconds."""
        refuse_in_a_loop("handle.result()", "await handle")
        self._ending.wait(timeout)
        return self._ending.turn().clone()

    def on(self, type: str, listener: Callable[[Any], object]) -> Self:
        """Call `listener` with each event of a type (`*` for all) in the run's loop; earlier ones first.

        Raises InvalidOption for a type that no event has.
        """
        check("listener", listener, _LISTENER)
        check_listened("type", (type,), self._host)
        if threading.get_ident() == self._thread or self._loop.is_closed():
            self._hub.listen(type, listener)
        else:
            self._loop.call_soon_threadsafe(lambda: self._hub.listen(type, listener))
        return self

    def events(self) -> EventStream:
        """Return the run's events for `for` or `async for`, buffered from the first one; one reader only."""
        return self._hub.stream

    def __await__(self) -> Generator[Any, None, Turn]:
        return self._wait().__await__()

    async def _wait(self) -> Turn:
        if not self._ending.done:
            await self.ended()
        return self._ending.turn().clone()

    async def ended(self) -> None:
        """Wait until the run has ended, however it did; cancelling the waiter leaves the run going."""
        if asyncio.get_running_loop() is not self._loop:
            await asyncio.wait([asyncio.wrap_future(self._ending.future())])
        elif not self._ending.done:
            waiter = self._loop.create_future()
            self._waiters.append(waiter)
            await waiter

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        if self.is_running:
            self.cancel()
            await self.ended()
