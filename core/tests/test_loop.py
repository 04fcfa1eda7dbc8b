"""The host's own event loop, which nothing that runs on it can take away."""

import asyncio
import gc
import logging
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from typing import Any

import pytest
from geppetto.errors import BlockingCallError, SessionError
from geppetto.loop import LoopThread, per_loop


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    """A loop thread that is closed after the test."""
    made = LoopThread()
    yield made
    assert made.close()


async def _give(value: int) -> int:
    await asyncio.sleep(0)
    return value


async def _fail() -> None:
    raise LookupError("nothing")


async def _exit() -> None:
    raise SystemExit(3)


def test_a_coroutine_is_run_and_its_result_or_error_comes_back(loop: LoopThread) -> None:
    """From any number of threads, on one loop that starts with the first call."""
    begun = loop.started

    assert loop.call(_give(1)) == 1
    with pytest.raises(LookupError, match="nothing"):
        loop.call(_fail())

    assert (begun, loop.started) == (False, True)
    assert loop.get() is loop.get()


def test_a_call_of_exit_on_the_loop_does_not_end_it(
    loop: LoopThread, caplog: pytest.LogCaptureFixture
) -> None:
    """Its caller gets the SystemExit; other work goes on."""
    other = asyncio.run_coroutine_threadsafe(asyncio.sleep(0.05, "still here"), loop.get())

    with caplog.at_level(logging.WARNING), pytest.raises(SystemExit):
        loop.call(_exit())

    assert other.result(10) == "still here"
    assert loop.call(_give(2)) == 2
    assert "raised SystemExit; the loop goes on" in caplog.text


def test_waiting_for_itself_is_refused(loop: LoopThread) -> None:
    """On the loop's own thread the call would wait for ever; nothing is left unawaited."""

    async def nested() -> None:
        loop.call(_give(1))

    with pytest.raises(BlockingCallError, match="blocks"):
        loop.call(nested())
    gc.collect()


def test_who_stops_waiting_cancels_the_work(loop: LoopThread) -> None:
    """After `seconds` the work is cancelled."""
    ended = threading.Event()

    async def slow() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    with pytest.raises(TimeoutError):
        loop.call(slow(), 0.02)

    assert ended.wait(10)


def test_close_cancels_what_is_left_and_can_be_repeated() -> None:
    """Tasks get their `finally`, the thread is gone, and closing again is nothing."""
    loop = LoopThread()
    ended = threading.Event()

    async def slow() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            ended.set()

    asyncio.run_coroutine_threadsafe(slow(), loop.get())
    loop.call(_give(1))

    first, again = loop.close(), loop.close()

    assert (first, again, loop.started) == (True, True, False)
    assert ended.is_set()


def test_close_does_not_wait_for_ever_for_code_that_blocks_the_loop() -> None:
    """It says that the thread is still there."""
    loop = LoopThread()
    blocked, release = threading.Event(), threading.Event()

    async def blocks() -> None:
        blocked.set()
        release.wait(10)

    asyncio.run_coroutine_threadsafe(blocks(), loop.get())
    assert blocked.wait(10)

    assert loop.close(0.01) is False
    release.set()
    while any(thread.name == "geppetto-loop" for thread in threading.enumerate()):
        time.sleep(0.001)


async def _obeys(begun: threading.Event, _release: threading.Event) -> None:
    begun.set()
    await asyncio.sleep(30)


async def _is_deaf(begun: threading.Event, release: threading.Event) -> None:
    begun.set()
    while not release.is_set():
        with suppress(asyncio.CancelledError):
            await asyncio.sleep(30)


async def _blocks(begun: threading.Event, release: threading.Event) -> None:
    begun.set()
    release.wait(30)


@pytest.mark.parametrize("work", [_obeys, _is_deaf, _blocks])
def test_nobody_waits_for_a_loop_that_is_closed(work: Callable[..., Coroutine[Any, Any, None]]) -> None:
    """Whether the work stops when it is told to, does not, or holds up the loop: who waits for it is told."""
    loop, begun, release, ends = LoopThread(), threading.Event(), threading.Event(), list[str]()

    def wait() -> None:
        with pytest.raises(SessionError, match="the host is closed") as caught:
            loop.call(work(begun, release))
        ends.append(caught.value.code)

    waiting = threading.Thread(target=wait, daemon=True)
    waiting.start()
    assert begun.wait(10)

    loop.close(0.01)
    waiting.join(10)

    assert ends == ["HOST_CLOSED"]
    release.set()
    while any(thread.name == "geppetto-loop" for thread in threading.enumerate()):
        time.sleep(0.001)


def test_a_value_is_made_per_loop_and_forgotten_with_it() -> None:
    """Two calls in one loop give one value; another loop gets another."""
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    value = per_loop(make)

    async def twice() -> bool:
        return value() is value()

    assert asyncio.run(twice())
    assert asyncio.run(twice())
    assert len(made) == 2
