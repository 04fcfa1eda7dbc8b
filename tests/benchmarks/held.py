"""What an open stream costs in memory: many that got their first words and wait for more. Standard library only."""

from __future__ import annotations

import asyncio
import gc
import resource
from typing import Any

from benchmarks.offered import need

__all__ = ["held_streams"]

_PATIENCE = 30.0  # seconds until a pool that ends before the streams do is called by its name


def held_streams(adapter: Any, url: str, number: int) -> float:
    """KiB of resident memory of a stream that is open and idle; what the first one made for all is not counted."""
    need(adapter, "open_async", "stream_async")
    # not `asyncio.run`: it would wait for streams that do not take their cancel, and the process ends anyway
    new_loop = getattr(adapter, "LOOP", None) or asyncio.new_event_loop
    return new_loop().run_until_complete(_held(adapter, url, number))


async def _held(adapter: Any, url: str, number: int) -> float:
    client = adapter.open_async(f"{url}/hold")
    streams = [await _opened(adapter, client, 1)]
    gc.collect()
    before = _resident()
    streams.append(await _opened(adapter, client, number))
    gc.collect()
    return (_resident() - before) / number / 1024


async def _opened(adapter: Any, client: Any, number: int) -> list[asyncio.Task[None]]:
    """Open so many streams and return when each had its first delta; raise what ended one of them."""
    began, all_open = 0, asyncio.Event()

    async def listen() -> None:
        nonlocal began
        first = True
        async for _delta in adapter.stream_async(client):
            began, first = began + first, False
            if began == number:
                all_open.set()

    streams = [asyncio.create_task(listen()) for _ in range(number)]
    waiting = asyncio.create_task(all_open.wait())
    ended, _ = await asyncio.wait([waiting, *streams], timeout=_PATIENCE, return_when="FIRST_COMPLETED")
    for task in ended - {waiting}:
        task.result()
    if waiting not in ended:
        msg = f"opened {began} of {number} streams" + ("; one ended" if ended else f" in {_PATIENCE:.0f} s")
        raise AssertionError(msg)
    return streams


def _resident() -> int:
    with open("/proc/self/statm") as file:  # noqa: PTH123  # no pathlib in what is measured
        return int(file.read().split()[1]) * resource.getpagesize()
