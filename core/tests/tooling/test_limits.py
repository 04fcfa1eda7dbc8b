"""A limit holds whatever the work does about it."""

import asyncio
from concurrent.futures import Future
from typing import Any

import pytest
from geppetto.tooling.limits import TooLate, in_time


async def _in_time(work: Any, seconds: float | None, left: list[Future[Any]]) -> Any:
    return await in_time(work, seconds, grace=0.02, leave=left.append)


@pytest.mark.parametrize("seconds", [None, 30])
async def test_work_in_time_gives_its_result(seconds: float | None) -> None:
    """With a limit and without one, the result is the work's own."""
    left: list[Future[Any]] = []

    assert await _in_time(asyncio.sleep(0, "done"), seconds, left) == "done"
    assert left == []


async def test_late_work_has_cleaned_up_before_the_caller_goes_on() -> None:
    """What ends within the grace is no work that was left behind."""
    left: list[Future[Any]] = []
    log: list[str] = []

    async def tidy() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(0)
            log.append("tidied")

    with pytest.raises(TooLate):
        await _in_time(tidy(), 0.01, left)

    assert log == ["tidied"]
    assert left == []


async def test_deaf_work_is_left_behind_and_counted_until_it_ends() -> None:
    """Work that swallows every cancel holds nobody up; its future is done when the work is."""
    left: list[Future[Any]] = []
    release = asyncio.Event()

    async def deaf() -> None:
        while not release.is_set():
            try:
                await release.wait()
            except asyncio.CancelledError:
                continue

    with pytest.raises(TooLate):
        await _in_time(deaf(), 0.01, left)

    assert [future.done() for future in left] == [False]
    release.set()
    await asyncio.sleep(0.01)
    assert [future.done() for future in left] == [True]


async def test_a_cancel_from_outside_reaches_the_work_first() -> None:
    """The work's `finally` has run when the waiter's CancelledError comes out."""
    log: list[str] = []

    async def tidy() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            log.append("tidied")

    task = asyncio.ensure_future(_in_time(tidy(), None, []))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert log == ["tidied"]


async def test_a_cancel_of_its_own_is_an_error_and_no_cancel_of_the_caller() -> None:
    """Work that awaits something cancelled fails; whoever waits for the work is not cancelled."""
    other = asyncio.ensure_future(asyncio.sleep(30))
    other.cancel()

    with pytest.raises(RuntimeError, match="waited for something that was cancelled"):
        await _in_time(other, None, [])


async def test_a_call_of_exit_is_an_error_and_does_not_end_the_loop() -> None:
    """SystemExit would pass through asyncio and end the event loop."""

    async def leaves() -> None:
        raise SystemExit(3)

    with pytest.raises(RuntimeError, match="SystemExit: 3") as caught:
        await _in_time(leaves(), 30, [])

    assert isinstance(caught.value.__cause__, SystemExit)
