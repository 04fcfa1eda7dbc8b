"""The bounded stream: what it drops, what it merges, who may read it."""

import asyncio
import time
from collections.abc import Callable

import pytest
from geppetto.errors import InvalidOption
from geppetto.events import Correlation, Event, EventStream, Log, ReasoningDelta, RunFinished, TextDelta
from hypothesis import given, settings
from hypothesis import strategies as st

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


async def test_a_bad_size_or_policy_is_refused() -> None:
    """The options are checked where they are given."""
    with pytest.raises(InvalidOption, match="size"):
        _stream(0)
    with pytest.raises(InvalidOption, match="invalid overflow 'drop'"):
        _stream(1, "drop")


@pytest.mark.parity(72, 167)
async def test_ten_thousand_merged_deltas_lose_no_letter() -> None:
    """A consumer that never looks gets all of the text in a stream of two places."""
    stream = _stream(2)

    stream.put(Log())
    for number in range(10_000):
        stream.put(TextDelta(f"{number},", correlation=AT))
    stream.put(RunFinished())
    events = await _read(stream)

    [text] = [event.delta for event in events if isinstance(event, TextDelta)]
    assert text == "".join(f"{number}," for number in range(10_000))
    assert stream.dropped == 0


@pytest.mark.parametrize(
    "other",
    [
        ReasoningDelta("x", correlation=AT),
        TextDelta("x", correlation=Correlation(segment_id="b")),
        Log(message="x"),
    ],
)
async def test_only_deltas_of_one_kind_and_segment_are_merged(other: Event) -> None:
    """What belongs to something else is dropped and counted instead."""
    stream = _stream(1, "drop_newest")

    stream.put(TextDelta("a", correlation=AT))
    stream.put(other)
    stream.put(TextDelta("b", correlation=AT))
    stream.put(RunFinished())
    events = await _read(stream)

    assert [event.delta for event in events if isinstance(event, TextDelta)] == ["ab"]
    assert stream.dropped == 1


_KINDS = st.sampled_from(["log", "text", "read"])


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(_KINDS, max_size=40),
    size=st.integers(1, 4),
    overflow=st.sampled_from(["drop_oldest", "drop_newest", "block"]),
)
async def test_whatever_happens_order_is_kept_and_losses_are_counted(
    steps: list[str], size: int, overflow: str
) -> None:
    """What is read is a subsequence of what was put, the terminal event is last, and nothing vanishes uncounted."""
    stream, read = _stream(size, overflow), []
    reader = stream.__aiter__()
    put = waiting = 0

    for step in steps:
        if step == "read":
            if waiting:
                read.append(await anext(reader))
        else:
            event = Log(message=f"{put};") if step == "log" else TextDelta(f"{put};", correlation=AT)
            put += 1
            stream.put(event)
        waiting = len(stream._queue)
    stream.put(RunFinished())
    read += [event async for event in reader]

    numbers = [
        int(n) for e in read for n in (getattr(e, "message", "") + getattr(e, "delta", "")).split(";") if n
    ]
    assert isinstance(read[-1], RunFinished)
    assert numbers == sorted(set(numbers))
    assert len(numbers) == put or stream.dropped
    assert overflow != "block" or len(numbers) == put


@pytest.mark.parity(228)
@pytest.mark.parametrize("end", [lambda stream: stream.put(RunFinished()), lambda stream: stream.close()])
async def test_a_waiting_producer_is_let_go_when_the_run_ends(end: Callable[[EventStream], None]) -> None:
    """Nobody reads any more: `drain` must not hold what is left of the run."""
    stream = _stream(1, "block")
    stream.put(Log())
    producer = asyncio.ensure_future(stream.drain())
    await asyncio.sleep(0)

    end(stream)

    async with asyncio.timeout(5):
        await producer


@pytest.mark.parametrize("overflow", ["drop_oldest", "drop_newest"])
async def test_drain_returns_at_once_unless_the_policy_is_block(overflow: str) -> None:
    """A full stream that drops holds nobody up."""
    stream = _stream(1, overflow)
    stream.put(Log())

    async with asyncio.timeout(5):
        await stream.drain()


async def test_a_closed_stream_gives_what_is_left_and_ends() -> None:
    """`close` ends a waiting reader too, without a terminal event."""
    stream, empty = _stream(3), _stream(3)
    reader = asyncio.ensure_future(_read(empty))
    await asyncio.sleep(0)
    stream.put(Log())

    for closing in (stream, empty):
        closing.close()
        closing.put(Log(message="late"))

    assert len(await _read(stream)) == 1
    assert await reader == []
