"""Operations on runs: started, waited for, watched, cancelled."""

from __future__ import annotations

import asyncio
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto_js.api.area.sessions import OpenSession, inference_of
from geppetto_js.api.deliveries import Delivery, Reading
from geppetto_js.api.ops import awaited, operation, promised
from geppetto_js.api.taps import Taps
from geppetto_js.api.turncodec import decode_turn, encode_turn
from geppetto_js.api.words import own_names, seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto import RunHandle, Turn

    from geppetto_js.api.state import ApiState

__all__ = ["RunOps"]


@dataclass(slots=True)
class _Run:
    """A run with what is to be handed over before its end is told."""

    handle: RunHandle
    deliveries: list[Delivery | Reading | Taps]
    session: OpenSession
    before: int


class RunOps:
    """`session.run`, `session.start` and the methods of run handles."""

    def __init__(self, state: ApiState) -> None:
        self._state = state

    @awaited
    async def session_run(self, ref: int, turn: Any, options: dict[str, Any], deliver: Any) -> dict[str, Any]:
        """Run and return the completed turn."""
        return await self._result(self._started(ref, turn, options, deliver))

    @awaited
    async def session_start(
        self, ref: int, turn: Any, options: dict[str, Any], deliver: Any
    ) -> dict[str, Any]:
        """Start a run and return its reference and ids."""
        run = self._started(ref, turn, options, deliver)
        handle = run.handle
        return {
            "ref": self._state.keep(run),
            "sessionId": handle.session_id,
            "inferenceId": handle.inference_id,
        }

    @promised
    async def run_result(self, ref: int) -> dict[str, Any]:
        """Promise the completed turn."""
        return await self._result(self._run(ref))

    @operation
    def run_cancel(self, ref: int) -> bool:
        """Cancel a run; False when it has ended or was cancelled before."""
        return self._run(ref).handle.cancel()

    @operation
    def run_is_running(self, ref: int) -> bool:
        """Say whether a run has not ended yet."""
        return self._run(ref).handle.is_running

    @operation
    def run_partial(self, ref: int) -> dict[str, Any]:
        """Return the turn as far as the run has got."""
        return encode_turn(self._run(ref).handle.partial_turn)

    @operation
    def run_inference_result(self, ref: int) -> dict[str, Any]:
        """Return how the run ended, or stands so far."""
        found: dict[str, Any] = own_names(self._run(ref).handle.inference_result().to_json())
        return found

    def _run(self, ref: int) -> _Run:
        return self._state.find(ref, _Run)

    def _started(self, ref: int, turn: Any, options: dict[str, Any], deliver: Any) -> _Run:
        found = self._state.find(ref, OpenSession)
        given = turn if turn is None or isinstance(turn, str) else decode_turn(turn)
        window, most = seconds(options.get("eventWindowMs")) or 0.0, int(options.get("eventBatch", 0))
        more = [Delivery(self._state, sink) for sink in options.get("sinks", ())]
        taps = [Taps(self._state, options["debugTap"])] if "debugTap" in options else []
        before = self._state.counters.crossings
        handle = found.session.start(given, **_options(options, more, taps))
        own = Reading(self._state, deliver, handle, window=window, most=most)
        self._state.runs.add(handle)
        return _Run(handle, [*taps, own, *more, *found.deliveries], found, before)

    async def _result(self, run: _Run) -> dict[str, Any]:
        try:
            turn = await _ended(run.handle)
        finally:
            await _flushed(run)
            counters = self._state.counters
            counters.last_run = max(0, counters.crossings - run.before)
            counters.worst_run = max(counters.worst_run, counters.last_run)
        self._state.counters.encodes += 1
        return encode_turn(turn)


async def _ended(handle: RunHandle) -> Turn:
    """Wait for a run; whoever stops waiting for it, because its script was stopped, stops it too."""
    try:
        return await handle
    except asyncio.CancelledError:
        handle.cancel("outer")
        raise


async def _flushed(run: _Run) -> None:
    for delivery in run.deliveries:
        await delivery.flushed()
    if run.session.snapshots is not None:
        await asyncio.gather(*run.session.snapshots.tasks, return_exceptions=True)


def _options(given: Mapping[str, Any], sinks: list[Delivery], taps: list[Taps]) -> dict[str, Any]:
    found: dict[str, Any] = {"sinks": tuple(sinks)} if sinks else {}
    if "timeoutMs" in given:  # 0 lifts the deadline of the session
        found["timeout"] = seconds(given["timeoutMs"]) or math.inf
    if "tags" in given:
        found["tags"] = dict(given["tags"])
    if "inference" in given:
        found["inference"] = inference_of(given["inference"])
    if taps:
        found["tap"] = taps[0].tap()
    return found
