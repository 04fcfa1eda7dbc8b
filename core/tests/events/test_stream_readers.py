"""The bounded stream, read from other loops and from plain threads."""

import asyncio
import threading
import time

import pytest
from geppetto.errors import BlockingCallError
from geppetto.events import Event, EventStream, Log, RunFinished


async def _read(stream: EventStream) -> list[Event]:
    return [event async for event in stream]


def _stream(size: int) -> EventStream:
    return EventStream(asyncio.get_running_loop(), size=size)


def _thread_loop() -> tuple[asyncio.AbstractEventLoop, threading.Thread]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    return loop, thread


def _stop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_another_loop_and_a_plain_thread_can_read() -> None:
    """The events of a loop in another thread are read from here, either way."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    streams = [EventStream(loop), EventStream(loop)]
    for stream in streams:
        loop.call_soon_threadsafe(stream.put, Log(message="hi"))
        loop.call_later(0.01, stream.put, RunFinished())

    plain = list(streams[0])
    elsewhere = asyncio.run(_read(streams[1]))
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()

    assert len(plain) == len(elsewhere) == 2


def test_what_is_left_can_be_read_after_the_loop_is_gone() -> None:
    """A finished run's events outlive its loop."""

    async def fill() -> EventStream:
        stream = _stream(5)
        stream.put(Log(message="hi"))
        stream.put(RunFinished())
        return stream

    stream = asyncio.run(fill())

    assert len(list(stream)) == 2


async def test_reading_with_for_inside_a_loop_is_refused() -> None:
    """It would block the loop that has to fill the stream."""
    with pytest.raises(BlockingCallError, match="use `async for event in events`"):
        next(iter(_stream(1)))


def test_a_reader_in_a_thread_that_breaks_off_finds_the_rest_later() -> None:
    """Leaving the loop in the middle of a batch loses nothing, whoever reads on."""
    loop, thread = _thread_loop()
    stream = EventStream(loop)
    for number in range(6):
        loop.call_soon_threadsafe(stream.put, Log(message=str(number)))
    loop.call_soon_threadsafe(stream.put, RunFinished())

    seen: list[Event] = [next(iter(stream)), next(iter(stream))]
    first_loop = asyncio.run(_first(stream))
    seen += [*first_loop, *asyncio.run_coroutine_threadsafe(_first(stream), loop).result(5), *stream]
    _stop(loop, thread)

    assert [event.message for event in seen if isinstance(event, Log)] == list("012345")
    assert isinstance(seen[-1], RunFinished)


async def _first(stream: EventStream) -> list[Event]:
    async for event in stream:
        return [event]
    return []


def test_a_reader_that_is_cancelled_while_it_waits_loses_nothing() -> None:
    """What came for it in the meantime is there for the next one."""
    loop, thread = _thread_loop()
    stream = EventStream(loop)

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await anext(stream.__aiter__())

    asyncio.run(give_up())
    loop.call_soon_threadsafe(stream.put, Log())
    loop.call_soon_threadsafe(stream.put, RunFinished())
    seen = list(stream)
    _stop(loop, thread)

    assert [type(event) for event in seen] == [Log, RunFinished]


def test_a_reader_outside_ends_when_the_loop_goes_away_under_it() -> None:
    """A loop that is closed without a terminal event leaves no thread waiting for ever."""
    loop, thread = _thread_loop()
    stream = EventStream(loop)
    loop.call_soon_threadsafe(stream.put, Log())
    seen: list[Event] = []
    reader = threading.Thread(target=lambda: seen.extend(stream))
    reader.start()
    while not seen and reader.is_alive() and not stream._asking:
        time.sleep(0.001)

    _stop(loop, thread)
    reader.join(10)

    assert not reader.is_alive()
    assert len(seen) == 1
