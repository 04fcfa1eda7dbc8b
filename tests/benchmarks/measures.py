"""What is measured of a contestant: functions of its adapter, the server's address and a number. Standard library only."""

from __future__ import annotations

import asyncio
import gc
import statistics
import time
from typing import TYPE_CHECKING, Any

from benchmarks.offered import NotOffered, check, need, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = [
    "concurrent",
    "in_process",
    "one_shot",
    "sequential",
    "sequential_async",
    "streaming",
    "tool_loop",
]

_MICRO = 1_000_000
_WARM = 20
_BUDGET = 1.5  # seconds: a slow peer makes fewer requests, not a longer run


def _typical(work: Callable[[], Any], count: int) -> float:
    """Return the median of the microseconds of single calls."""
    for _ in range(_WARM):
        work()
    gc.collect()
    took: list[float] = []
    until = time.perf_counter() + _BUDGET
    while len(took) < count and (began := time.perf_counter()) < until:
        work()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * _MICRO


async def _typical_async(work: Callable[[], Awaitable[Any]], count: int) -> float:
    for _ in range(_WARM):
        await work()
    gc.collect()
    took: list[float] = []
    until = time.perf_counter() + _BUDGET
    while len(took) < count and (began := time.perf_counter()) < until:
        await work()
        took.append(time.perf_counter() - began)
    return statistics.median(took) * _MICRO


def one_shot(adapter: Any, url: str, _number: int) -> float:
    """Answer once, blocking where there is such an API; the process is what is timed."""
    if hasattr(adapter, "ask"):
        check(adapter.ask(adapter.connect(f"{url}/plain")))
    else:
        run(adapter, _once(adapter, url))
    return 0.0


async def _once(adapter: Any, url: str) -> None:
    check(await adapter.ask_async(adapter.open_async(f"{url}/plain")))


def sequential(adapter: Any, url: str, number: int) -> float:
    """Microseconds of a blocking request, one after the other."""
    need(adapter, "connect", "ask")
    client = adapter.connect(f"{url}/plain")
    check(adapter.ask(client))
    return _typical(lambda: adapter.ask(client), number)


def sequential_async(adapter: Any, url: str, number: int) -> float:
    """Microseconds of an awaited request, one after the other."""
    need(adapter, "open_async", "ask_async")

    async def go() -> float:
        client = adapter.open_async(f"{url}/plain")
        check(await adapter.ask_async(client))
        return await _typical_async(lambda: adapter.ask_async(client), number)

    return run(adapter, go())


def concurrent(adapter: Any, url: str, number: int) -> float:
    """Requests per second of so many tasks that ask without pause."""
    need(adapter, "open_async", "ask_async")

    async def go() -> float:
        client = adapter.open_async(f"{url}/plain")
        check(await adapter.ask_async(client))
        await _crowd(adapter, client, number, number)
        return await _crowd(adapter, client, number, max(2000, number * 12))

    return run(adapter, go())


async def _crowd(adapter: Any, client: Any, tasks: int, requests: int) -> float:
    left, done = requests, 0
    began = time.perf_counter()

    async def one() -> None:
        nonlocal left, done
        while left > 0 and time.perf_counter() - began < _BUDGET:
            left -= 1
            await adapter.ask_async(client)
            done += 1

    await asyncio.gather(*(one() for _ in range(tasks)))
    return done / (time.perf_counter() - began)


def streaming(adapter: Any, url: str, number: int) -> float:
    """CPU microseconds of a delta that reached the consumer, in a reply of so many."""
    need(adapter, "open_async", "stream_async")

    async def go() -> float:
        client = adapter.open_async(f"{url}/s{number}")
        took = []
        for _ in range(6):
            began, seen = time.process_time(), 0
            async for _delta in adapter.stream_async(client):
                seen += 1
            took.append(time.process_time() - began)
            if abs(seen - number) > 1:
                msg = f"{seen} of {number} deltas"
                raise AssertionError(msg)
        return statistics.median(took[1:]) / number * _MICRO

    return run(adapter, go())


def tool_loop(adapter: Any, url: str, number: int) -> float:
    """Microseconds of a run with two requests and a tool between them."""
    need(adapter, "connect", "use_tools")
    client = adapter.connect(f"{url}/tool")
    check(adapter.use_tools(client))
    return _typical(lambda: adapter.use_tools(client), number)


def in_process(adapter: Any, _url: str, number: int) -> float:
    """Microseconds of a run without a network, through so many layers."""
    need(adapter, "in_process")
    if number and not getattr(adapter, "LAYERED", True):
        raise NotOffered("layers")

    async def go() -> float:
        return await _typical_async(adapter.in_process(number), 2000)

    return run(adapter, go())
