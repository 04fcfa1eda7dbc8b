"""Measures one contestant in its own environment: `python -m benchmarks.worker ADAPTER ROW URL NUMBER` prints a JSON object.

It runs in foreign environments, so it stands on the standard library alone. Clients are given the same warm-up, and each
reply is checked: a peer that answers fast and wrong is an error, not a record.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import logging
import os
import resource
import statistics
import sys
import time
from typing import TYPE_CHECKING, Any, TypeVar

from benchmarks.replies import SENTENCE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

__all__ = ["MEASURES", "NotOffered"]

_Found = TypeVar("_Found")
_MICRO = 1_000_000
_WARM = 20
_PATIENCE = 30.0  # seconds until a pool that ends before the streams do is called by its name
_BUDGET = 1.5  # seconds: a slow peer makes fewer requests, not a longer run


class NotOffered(Exception):  # it is no error of anybody's
    """The peer has nothing that the row measures."""


def _need(adapter: Any, *names: str) -> None:
    for name in names:
        if not hasattr(adapter, name):
            raise NotOffered(name)


def _run(adapter: Any, work: Coroutine[Any, Any, _Found]) -> _Found:
    """Run a coroutine on the loop that the contestant comes with, else asyncio's."""
    with asyncio.Runner(loop_factory=getattr(adapter, "LOOP", None)) as runner:
        return runner.run(work)


def _check(text: Any) -> None:
    if text != SENTENCE:
        msg = f"unexpected reply: {text!r:.80}"
        raise AssertionError(msg)


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
        _check(adapter.ask(adapter.connect(f"{url}/plain")))
    else:
        _run(adapter, _once(adapter, url))
    return 0.0


async def _once(adapter: Any, url: str) -> None:
    _check(await adapter.ask_async(adapter.open_async(f"{url}/plain")))


def sequential(adapter: Any, url: str, number: int) -> float:
    """Microseconds of a blocking request, one after the other."""
    _need(adapter, "connect", "ask")
    client = adapter.connect(f"{url}/plain")
    _check(adapter.ask(client))
    return _typical(lambda: adapter.ask(client), number)


def sequential_async(adapter: Any, url: str, number: int) -> float:
    """Microseconds of an awaited request, one after the other."""
    _need(adapter, "open_async", "ask_async")

    async def go() -> float:
        client = adapter.open_async(f"{url}/plain")
        _check(await adapter.ask_async(client))
        return await _typical_async(lambda: adapter.ask_async(client), number)

    return _run(adapter, go())


def concurrent(adapter: Any, url: str, number: int) -> float:
    """Requests per second of so many tasks that ask without pause."""
    _need(adapter, "open_async", "ask_async")

    async def go() -> float:
        client = adapter.open_async(f"{url}/plain")
        _check(await adapter.ask_async(client))
        await _crowd(adapter, client, number, number)
        return await _crowd(adapter, client, number, max(2000, number * 12))

    return _run(adapter, go())


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
    _need(adapter, "open_async", "stream_async")

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

    return _run(adapter, go())


def tool_loop(adapter: Any, url: str, number: int) -> float:
    """Microseconds of a run with two requests and a tool between them."""
    _need(adapter, "connect", "use_tools")
    client = adapter.connect(f"{url}/tool")
    _check(adapter.use_tools(client))
    return _typical(lambda: adapter.use_tools(client), number)


def in_process(adapter: Any, _url: str, number: int) -> float:
    """Microseconds of a run without a network, through so many layers."""
    _need(adapter, "in_process")
    if number and not getattr(adapter, "LAYERED", True):
        raise NotOffered("layers")

    async def go() -> float:
        return await _typical_async(adapter.in_process(number), 2000)

    return _run(adapter, go())


def held_streams(adapter: Any, url: str, number: int) -> float:
    """KiB of resident memory of a stream that is open and idle; nothing is counted that the first one made."""
    _need(adapter, "open_async", "stream_async")
    return _run(adapter, _held(adapter, url, number))


async def _held(adapter: Any, url: str, number: int) -> float:
    client, opened, all_open = adapter.open_async(f"{url}/hold"), 0, asyncio.Event()

    async def listen() -> None:
        nonlocal opened
        first = True
        async for _delta in adapter.stream_async(client):
            opened, first = opened + first, False
            if opened > number:
                all_open.set()

    tasks = [asyncio.create_task(listen())]
    while not opened:
        await asyncio.wait(tasks, timeout=0.01)
        _raise_what_ended(tasks)
    gc.collect()
    before = _resident()
    tasks += [asyncio.create_task(listen()) for _ in range(number)]
    until = time.perf_counter() + _PATIENCE
    while not all_open.is_set() and time.perf_counter() < until:
        await asyncio.wait(
            [asyncio.create_task(all_open.wait()), *tasks], timeout=_PATIENCE, return_when="FIRST_COMPLETED"
        )
        _raise_what_ended(tasks)
    if not all_open.is_set():
        msg = f"opened {opened - 1} of {number} streams in {_PATIENCE:.0f} s"
        raise AssertionError(msg)
    gc.collect()
    return (_resident() - before) / number / 1024


def _raise_what_ended(tasks: list[asyncio.Task[None]]) -> None:
    """Raise the error of a stream that ended: held ones never do."""
    for task in tasks:
        if task.done():
            task.result()
            msg = "a held stream ended"
            raise AssertionError(msg)


def _resident() -> int:
    with open("/proc/self/statm") as file:  # noqa: PTH123  # no pathlib in what is measured
        return int(file.read().split()[1]) * resource.getpagesize()


MEASURES = {
    measure.__name__: measure
    for measure in (
        one_shot,
        sequential,
        sequential_async,
        concurrent,
        streaming,
        tool_loop,
        in_process,
        held_streams,
    )
}


def _main() -> None:
    name, row, url, number = sys.argv[1:]
    logging.disable(logging.ERROR)
    try:
        adapter = importlib.import_module(f"benchmarks.adapters.{name}")
        found: dict[str, Any] = {"value": MEASURES[row](adapter, url, int(number))}
    except NotOffered:
        found = {"missing": True}
    except BaseException as error:  # whatever a peer does becomes its row
        found = {"error": f"{type(error).__name__}: {error}"[:200]}
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()
    os._exit(0)  # what a peer leaves running is not ours to wait for


if __name__ == "__main__":
    _main()
