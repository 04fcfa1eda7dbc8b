from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from geppetto.errors import GeppettoError, ProviderError, RateLimited, TransportError
from geppetto.events import AttemptDiscarded
from geppetto.transport import HttpTransport, RetryPolicy, retry_after, should_retry
from geppetto.transport.retry import Retrier

Context = Callable[..., Any]


@dataclass
class Sleeper:
    """Keeps how long it was asked to sleep, and does not."""

    slept: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        """Note the wait."""
        self.slept.append(seconds)


def failing(*errors: Exception) -> Callable[[int], Any]:
    """Make an attempt that raises these errors in turn, then returns its number."""

    async def attempt(number: int) -> int:
        if number <= len(errors):
            raise errors[number - 1]
        return number

    return attempt


def no() -> bool:
    """Say that no content was handed out."""
    return False


def passing(**about: Any) -> ProviderError:
    """Make an error that may pass."""
    return ProviderError("busy", retryable=True, **about)


async def test_a_passing_error_is_tried_again(context: Context) -> None:
    """Two tries that fail are discarded with an event each, the third one's result counts."""
    sleeper, ctx = Sleeper(), context()
    retrier = Retrier(RetryPolicy(), sleep=sleeper, chance=lambda: 0.0)

    result = await retrier.run(ctx, failing(passing(), TransportError("reset", retryable=True)), no)

    assert result == 3
    assert sleeper.slept == [0.5, 1.0]
    assert [type(event) for event in ctx.port.events] == [AttemptDiscarded, AttemptDiscarded]
    assert [(event.attempt, event.wait, event.error["code"]) for event in ctx.port.events] == [
        (1, 0.5, "PROVIDER_ERROR"),
        (2, 1.0, "TRANSPORT"),
    ]


async def test_the_last_error_is_raised(context: Context) -> None:
    """After two more tries the last error stands, and says how many tries there were."""
    errors = [passing() for _ in range(5)]
    sleeper = Sleeper()

    with pytest.raises(ProviderError) as caught:
        await Retrier(RetryPolicy(), sleep=sleeper).run(context(), failing(*errors), no)

    assert caught.value is errors[2]
    assert caught.value.details["attempts"] == 3
    assert len(sleeper.slept) == 2


async def test_waits_double_up_to_a_limit_with_jitter(context: Context) -> None:
    """Waits double from half a second to eight, plus at most a quarter."""
    sleeper, errors = Sleeper(), [passing() for _ in range(6)]

    await Retrier(RetryPolicy(retries=6), sleep=sleeper, chance=lambda: 1.0).run(
        context(), failing(*errors), no
    )

    assert sleeper.slept == [0.625, 1.25, 2.5, 5.0, 10.0, 10.0]


@pytest.mark.parametrize(
    "error",
    [ProviderError("bad request"), TransportError("refused"), GeppettoError("other"), ValueError("own")],
)
async def test_a_lasting_error_is_raised_at_once(context: Context, error: Exception) -> None:
    """An error that will not pass, or is none of ours, is not tried again."""
    sleeper, ctx = Sleeper(), context()

    with pytest.raises(type(error)):
        await Retrier(RetryPolicy(), sleep=sleeper).run(ctx, failing(error), no)

    assert (sleeper.slept, ctx.port.events) == ([], [])


@pytest.mark.parametrize("first_failing", [1, 2])
async def test_nothing_is_tried_again_once_content_was_handed_out(
    context: Context, first_failing: int
) -> None:
    """A stream that has begun is not begun again: its reader would see the text twice."""
    made: list[int] = []

    async def attempt(number: int) -> None:
        made.append(number)
        raise passing()

    with pytest.raises(ProviderError):
        await Retrier(RetryPolicy(), sleep=Sleeper()).run(
            context(), attempt, lambda: len(made) >= first_failing
        )

    assert len(made) == first_failing


async def test_the_server_is_waited_for(context: Context) -> None:
    """Retry-After counts where it is longer than our own wait."""
    sleeper = Sleeper()
    retrier = Retrier(RetryPolicy(), sleep=sleeper, chance=lambda: 0.0)

    await retrier.run(context(), failing(passing(retry_after=100.0), passing(retry_after=0.1)), no)

    assert sleeper.slept == [100.0, 1.0]


async def test_a_server_that_asks_for_too_long_is_not_asked_again(context: Context) -> None:
    """A wait beyond two minutes is the caller's to decide on."""
    sleeper, error = Sleeper(), RateLimited("quota", retryable=True, retry_after=121.0)

    with pytest.raises(RateLimited) as caught:
        await Retrier(RetryPolicy(), sleep=sleeper).run(context(), failing(error), no)

    assert sleeper.slept == []
    assert "121 s" in caught.value.__notes__[0]


async def test_no_wait_outlasts_the_deadline(context: Context) -> None:
    """Where the wait would end after the run, the error is raised instead of waiting."""
    sleeper, ctx = Sleeper(), context(left=0.4)

    with pytest.raises(ProviderError) as caught:
        await Retrier(RetryPolicy(), sleep=sleeper).run(ctx, failing(passing()), no)

    assert (sleeper.slept, ctx.port.events) == ([], [])
    assert "deadline" in caught.value.__notes__[0]


@pytest.mark.parametrize("where", ["attempt", "wait"])
async def test_cancel_passes_at_once(context: Context, where: str) -> None:
    """A cancel ends the tries wherever it arrives."""
    made: list[int] = []

    async def attempt(number: int) -> None:
        made.append(number)
        if where == "attempt" and number == 2:
            await asyncio.sleep(60)
        raise passing()

    policy = RetryPolicy(first_wait=0.01 if where == "attempt" else 60.0)
    task = asyncio.create_task(
        HttpTransport(retrier=Retrier(policy)).retrying(context(), attempt, started=no)
    )
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)

    assert task.cancelled()
    assert len(made) == (2 if where == "attempt" else 1)


NOW = 1_700_000_000.0
HEADERS = [
    ({"retry-after": "2"}, 2.0),
    ({"retry-after": "2.5"}, 2.5),
    ({"retry-after-ms": "1500"}, 1.5),
    ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
    ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
    ({"retry-after": "Tue, 14 Nov 2023 22:13:30 GMT"}, 10.0),
    ({"retry-after": "Tue, 14 Nov 2023 22:13:00 GMT"}, 0.0),
    ({"retry-after": "0"}, 0.0),
    ({"retry-after": "-1"}, None),
    ({"retry-after": "nan"}, None),
    ({"retry-after": "inf"}, None),
    ({"retry-after": "1e400"}, None),
    ({"retry-after": "tomorrow"}, None),
    ({"retry-after": ""}, None),
    ({"retry-after": "Tue, 99 Nov 2023 22:13:30 GMT"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("headers", "expected"), HEADERS)
def test_retry_after(headers: dict[str, str], expected: float | None) -> None:
    """Milliseconds, seconds and dates are understood; what makes no sense counts as absent."""
    assert retry_after(headers, NOW) == expected


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"x-should-retry": "true"}, True),
        ({"x-should-retry": "False"}, False),
        ({"x-should-retry": "?"}, None),
        ({}, None),
    ],
)
def test_should_retry(headers: dict[str, str], expected: bool | None) -> None:
    """The header says yes, no, or nothing."""
    assert should_retry(headers) is expected
