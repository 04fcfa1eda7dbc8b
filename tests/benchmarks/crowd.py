"""Many sessions that stream at once: memory of each, deltas per second, and whether any waits longer than the others."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from geppetto import Host

from benchmarks.loopback import answering
from benchmarks.resident import resident_after
from benchmarks.series import Series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from geppetto import Session

__all__ = ["crowd_series", "stream_together"]

_SESSIONS = (10, 100, 1000, 5000)
_DELTAS = 100
_ROUNDS = 3
_PERCENT = 100


def crowd_series() -> Iterator[Series]:
    """Measure 10 to 5,000 sessions that stream at once; each is a connection, so as many open files are needed."""
    with answering() as url:
        seen = {size: [stream_together(url, size) for _ in range(_ROUNDS)] for size in _SESSIONS}
        kept = {size: [resident_after(url, size) for _ in range(_ROUNDS)] for size in _SESSIONS[1:]}
    speeds = tuple(tuple(speed for speed, _ in seen[size]) for size in _SESSIONS)
    spreads = tuple(tuple(spread for _, spread in seen[size]) for size in _SESSIONS)
    yield Series("a delta of N sessions that stream at once", "µs", _SESSIONS, speeds)
    yield Series("last end after the first, part of the whole", "%", _SESSIONS, spreads)
    memory = tuple(tuple(each) for each in kept.values())
    yield Series("N open streams: memory of each", "KiB", _SESSIONS[1:], memory)


def stream_together(url: str, sessions: int, deltas: int = _DELTAS) -> tuple[float, float]:
    """Return microseconds per delta of all sessions, and the spread of their ends in percent of the whole time."""
    return asyncio.run(_stream_together(url, sessions, deltas))


async def _stream_together(url: str, sessions: int, deltas: int) -> tuple[float, float]:
    async with Host(allow_local=True) as host:
        engine = host.engine("openai", model="m", base_url=f"{url}/s{deltas}/v1", api_key="k")
        many = [host.create_session(engine=engine) for _ in range(sessions)]
        await many[0].fresh().run_async("hi")
        began = time.perf_counter()
        ends = await asyncio.gather(*(_read(session) for session in many))
    whole = max(ends) - began
    return whole / sessions / deltas * 1_000_000, (max(ends) - min(ends)) / whole * _PERCENT


async def _read(session: Session) -> float:
    """Read a run's events to the end; return when that was."""
    async for _event in session.start("hi").events():
        pass
    return time.perf_counter()
