"""How a run ends: one table from what happened to the terminal event, the finish class and the error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geppetto.errors import (
    DeadlineExceeded,
    EngineError,
    GeppettoError,
    MaxIterationsReached,
    RunAborted,
    RunCancelled,
)
from geppetto.events.model import Event, RunFailed, RunFinished, RunStopped
from geppetto.notes import with_notes
from geppetto.turns import FinishClass, StopReason

if TYPE_CHECKING:
    from geppetto.engine.inference import InferenceResult

__all__ = ["Outcome", "ended", "wrapped"]

_STOPPED: dict[str, tuple[type[GeppettoError], str]] = {
    StopReason.USER: (RunCancelled, "the run was cancelled"),
    StopReason.DEADLINE: (DeadlineExceeded, "the run's deadline passed"),
    StopReason.OUTER: (RunCancelled, "the task that waited for the run was cancelled"),
    StopReason.HOST_CLOSED: (RunCancelled, "the host was closed under the run"),
}


@dataclass(slots=True, frozen=True)
class Outcome:
    """What a run came to: `finish_class` is empty where the provider's own stands."""

    reason: str = ""
    finish_class: str = ""
    error: BaseException | None = None

    def terminal(self, result: InferenceResult) -> Event:
        """Make the run's last event."""
        told = result.to_json()
        if self.reason:
            return RunStopped(self.reason, str(self.error or ""), told)
        if self.error is None:
            return RunFinished(told)
        return RunFailed(_error_json(self.error), told)


def _error_json(error: BaseException) -> dict[str, object]:
    if isinstance(error, GeppettoError):
        return error.to_json()
    return GeppettoError(f"{type(error).__name__}: {error}", code="INTERNAL").to_json()


def ended(*, stop_reason: str, error: BaseException | None, cancelled: bool, pending: bool) -> Outcome:
    """Judge a run that ended; a stop that somebody asked for wins over whatever else happened."""
    if stop_reason or cancelled:
        reason = stop_reason or StopReason.OUTER.value
        kind, message = _STOPPED[reason]
        made = with_notes(kind(message, details={"reason": reason}), error)
        return Outcome(reason, FinishClass.INTERRUPTED.value, made)
    if isinstance(error, MaxIterationsReached):
        return Outcome(StopReason.MAX_ITERATIONS.value, FinishClass.MAX_ITERATIONS.value, error)
    if isinstance(error, RunAborted):
        return Outcome(StopReason.ABORTED.value, FinishClass.ERROR.value, error)
    if error is not None:
        if not isinstance(error, (GeppettoError, KeyboardInterrupt)):
            error = wrapped(error)
        return Outcome("", FinishClass.ERROR.value, error)
    if pending:
        return Outcome(StopReason.PENDING.value, FinishClass.TOOL_CALLS_PENDING.value)
    return Outcome()


def wrapped(error: BaseException) -> GeppettoError:
    """Give an exception that is none of ours (SystemExit among them) a code, keeping it as the cause."""
    found = EngineError(f"{type(error).__name__}: {error}", code="INTERNAL")
    found.__cause__ = error
    return found
