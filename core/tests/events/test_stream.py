"""The bounded stream: what it drops, what it merges, who may read it."""

import asyncio
import threading
import time

import pytest
from geppetto.errors import InvalidOption
from geppetto.events import Correlation, Event, EventStream, Log, RunFinished, TextDelta

AT = Correlation(segment_id="s")


async def _read(stream: EventStream) -> list[Event]:
    return [event async for event in stream]


def _stream(size: int, overflow: str = "drop_oldest") -> EventStream:
    return EventStream(asyncio.get_running_loop(), size=size, overflow=overflow)


async def test_events_are_read_in_order_to_the_terminal_one() -> None:
    """A consumer that waits gets each event, and the end."""
    stream = _stream(10)
    reader = asyncio.ensure_future(_read(stream))
    await asyncio.sleep(0)

    for event in (Log(message="a"), Log(message="b"), RunFinished()):
        stream.put(event)
        await asyncio.sleep(0)

    assert [type(event).__name__ for event in await reader] == ["Log", "Log", "RunFinished"]


@pytest.mark.parity(167, 228)
@pytest.mark.parametrize(("overflow", "kept"), [("drop_oldest", ["2", "3"]), ("drop_newest", ["0", "1"])])
async def test_a_full_stream_drops_and_counts(overflow: str, kept: list[str]) -> None:
    """The policy decides which events are lost; the terminal one never is."""
    stream = _stream(2, overflow)

    for number in range(4):
        stream.put(Log(message=str(number)))
    stream.put(RunFinished())
    events = await _read(stream)

    assert [event.message for event in events if isinstance(event, Log)] == kept
    assert isinstance(events[-1], RunFinished)
    assert stream.dropped == 2


@pytest.mark.parity(228)
async def test_block_makes_the_producer_wait_in_drain() -> None:
    """`put` never waits; `drain` waits until there is room."""
    stream = _stream(2, "block")
    for number in range(4):
        stream.put(Log(message=str(number)))
    producer = asyncio.ensure_future(stream.drain())
    await asyncio.sleep(0.01)
    waited = not producer.done()
    iterator = stream.__aiter__()

    for _ in range(3):
        await anext(iterator)
    await producer

    assert waited
    assert stream.dropped == 0


@pytest.mark.parity(72)
async def test_adjacent_deltas_of_one_segment_are_merged_when_full() -> None:
    """Text is not lost while it can be joined; the emitted events stay as they were."""
    stream = _stream(2)
    first, second = TextDelta("a", correlation=AT), TextDelta("b", correlation=AT)

    for event in (first, second, TextDelta("c", correlation=AT), TextDelta("d", correlation=AT)):
        stream.put(event)
    stream.put(TextDelta("x", correlation=Correlation(segment_id="other")))
    stream.put(RunFinished())
    events = await _read(stream)

    deltas = [event.delta for event in events if isinstance(event, TextDelta)]
    assert deltas == ["bcd", "x"]
    assert second.delta == "b"
    assert stream.dropped == 1


async def test_merging_many_deltas_costs_no_quadratic_work() -> None:
    """Four times the deltas cost some four times the time."""

    def cost(count: int) -> float:
        stream = _stream(1)
        delta = "x" * 40
        began = time.process_time()
        for _ in range(count):
            stream.put(TextDelta(delta, correlation=AT))
        stream.put(RunFinished())
        return time.process_time() - began

    small = min(cost(20_000) for _ in range(3))
    large = min(cost(80_000) for _ in range(3))

    assert large < small * 8


async def test_nothing_comes_after_the_terminal_event() -> None:
    """What is put later is not kept."""
    stream = _stream(5)

    stream.put(RunFinished())
    stream.put(Log(message="late"))

    assert len(await _read(stream)) == 1


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


async def test_a_bad_size_or_policy_is_refused() -> None:
    """The options are checked where they are given."""
    with pytest.raises(InvalidOption, match="size"):
        _stream(0)
    with pytest.raises(InvalidOption, match="invalid overflow 'drop'"):
        _stream(1, "drop")
