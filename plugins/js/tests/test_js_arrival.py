"""What a task awaits for an end that another thread tells."""

from __future__ import annotations

import asyncio
import threading

import pytest
from geppetto_js.runtime.arrival import Arrival


async def _end(arrival: Arrival) -> object:
    await arrival
    return arrival.end()


async def test_a_task_goes_on_with_what_another_thread_tells() -> None:
    """In its own context, as after any await."""
    arrival = Arrival(asyncio.get_running_loop())
    task = asyncio.create_task(_end(arrival))
    await asyncio.sleep(0)
    threading.Thread(target=arrival.tell, args=("value", None)).start()

    assert await task == "value"


async def test_an_error_is_raised_where_the_end_is_taken() -> None:
    """Also one that came before anybody waited."""
    arrival = Arrival(asyncio.get_running_loop())
    arrival.tell(None, ValueError("told"))
    await asyncio.sleep(0)
    assert arrival.told

    with pytest.raises(ValueError, match="told"):
        await _end(arrival)


async def test_a_task_that_is_cancelled_does_not_wait_longer() -> None:
    """The end that comes later finds nobody."""
    arrival = Arrival(asyncio.get_running_loop())
    task = asyncio.create_task(_end(arrival))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task

    arrival.tell("late", None)
    await asyncio.sleep(0)
    assert arrival.told
    assert await _end(arrival) == "late"


async def test_a_cancel_wins_over_an_end_in_the_same_turn() -> None:
    """As with a future; and the task goes on once only."""
    arrival = Arrival(asyncio.get_running_loop())
    steps = []

    async def wait() -> None:
        try:
            await arrival
        except asyncio.CancelledError:
            steps.append("cancelled")
            await asyncio.sleep(0.01)  # a second wake-up would end this one early, with an error
            steps.append("done")
            raise

    task = asyncio.create_task(wait())
    await asyncio.sleep(0)
    arrival.tell("value", None)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert steps == ["cancelled", "done"]


async def test_a_task_cancelled_before_its_first_step_never_waits() -> None:
    """The cancel is not lost."""
    arrival = Arrival(asyncio.get_running_loop())
    task = asyncio.create_task(_end(arrival))
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_time_limit_ends_the_wait_and_the_next_one_works() -> None:
    """`asyncio.timeout` cancels, and takes the cancel back."""
    arrival = Arrival(asyncio.get_running_loop())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await arrival
    threading.Timer(0.01, arrival.tell, ("value", None)).start()

    assert await _end(arrival) == "value"


def test_what_is_told_to_a_closed_loop_is_dropped() -> None:
    """Nobody waits there any more."""
    loop = asyncio.new_event_loop()
    arrival = Arrival(loop)
    loop.close()

    arrival.tell("value", None)

    assert not arrival.told
