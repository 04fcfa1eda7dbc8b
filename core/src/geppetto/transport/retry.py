"""Another try after an error that may pass: how often, after how long, and when not at all.

It runs inside the run's deadline and only before content was handed out; the waiting and counting
is tenacity's, which is imported when a first try has failed, not before.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from geppetto.errors import GeppettoError
from geppetto.events.model import AttemptDiscarded

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tenacity import RetryCallState

    from geppetto.engine.context import RunContext

__all__ = ["Retrier", "RetryPolicy"]

T = TypeVar("T")


@dataclass(slots=True, frozen=True)
class RetryPolicy:
    """How often and how patiently (seconds); a server that asks for more than `longest_ask` is not asked again."""

    retries: int = 2
    first_wait: float = 0.5
    longest_wait: float = 8.0
    jitter: float = 0.25
    longest_ask: float = 120.0


class Retrier:
    """Make the tries of a call; `sleep` and `chance` (0 to 1) can be replaced by a test's."""

    def __init__(
        self,
        policy: RetryPolicy,
        *,
        sleep: Callable[[float], Awaitable[Any]] = asyncio.sleep,
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._policy, self._sleep, self._chance = policy, sleep, chance

    async def run(
        self, ctx: RunContext, attempt: Callable[[int], Awaitable[T]], started: Callable[[], bool]
    ) -> T:
        """Call `attempt(1)`, `attempt(2)`, ... until one succeeds or its error is not to be tried again."""
        try:
            return await attempt(1)
        except GeppettoError as error:
            error.details["attempts"] = 1
            if not _passing(error) or started():
                raise
            first = error

        async def replayed(number: int) -> T:
            if number == 1:
                raise first
            return await attempt(number)

        return await self._again(ctx, replayed, started)

    async def _again(
        self, ctx: RunContext, attempt: Callable[[int], Awaitable[T]], started: Callable[[], bool]
    ) -> T:
        import tenacity

        tries = tenacity.AsyncRetrying(
            retry=tenacity.retry_if_exception(lambda error: _passing(error) and not started()),
            wait=self._wait,
            stop=lambda state: self._enough(ctx, state),
            before_sleep=lambda state: _discard(ctx, state),
            sleep=self._sleep,
            reraise=True,
        )
        async for one in tries:
            with one:
                number = one.retry_state.attempt_number
                try:
                    return await attempt(number)
                except GeppettoError as error:
                    error.details["attempts"] = number
                    raise
        msg = "tenacity ended without a result or an error"
        raise AssertionError(msg)

    def _wait(self, state: RetryCallState) -> float:
        policy = self._policy
        doubled = min(policy.longest_wait, policy.first_wait * 2.0 ** (state.attempt_number - 1))
        return max(doubled * (1.0 + policy.jitter * self._chance()), _asked(_error(state)))

    def _enough(self, ctx: RunContext, state: RetryCallState) -> bool:
        if state.attempt_number > self._policy.retries:
            return True
        error, left = _error(state), ctx.remaining()
        if _asked(error) > self._policy.longest_ask:
            error.add_note(f"not tried again: the server asks to wait {_asked(error):.0f} s")
            return True
        if left is not None and state.upcoming_sleep >= left:
            error.add_note(
                f"not tried again: a wait of {state.upcoming_sleep:.1f} s outlasts the run's deadline"
            )
            return True
        return False


def _passing(error: BaseException) -> bool:
    return isinstance(error, GeppettoError) and getattr(error, "retryable", False) is True


def _asked(error: GeppettoError) -> float:
    return getattr(error, "retry_after", None) or 0.0


def _error(state: RetryCallState) -> GeppettoError:
    error = state.outcome.exception() if state.outcome else None
    assert isinstance(error, GeppettoError)  # `_passing` let nothing else through
    return error


def _discard(ctx: RunContext, state: RetryCallState) -> None:
    ctx.emit(AttemptDiscarded(state.attempt_number, state.upcoming_sleep, error=_error(state).to_json()))
