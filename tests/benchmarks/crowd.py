"""Many sessions that stream at once: memory of each, deltas per second, and whether any waits longer than the others.

The speed is of replies that arrive in one piece and are worked off in one piece, so that the sessions end one after the
other. How evenly they are served shows in streams at the pace of a model: how late each delta comes.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from geppetto import Host
from geppetto.events import TextDelta

from benchmarks.loopback import answering
from benchmarks.resident import resident_after
from benchmarks.series import Series

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from geppetto import Session

__all__ = ["crowd_series", "paced_together", "stream_together"]

_SESSIONS = (10, 100, 1000, 5000)
_DELTAS = 100
_ROUNDS = 3
_MILLI = 1000
_RATE = 2000  # paced deltas a second of all sessions together, whatever their number
_BEATS = 8


def crowd_series() -> Iterator[Series]:
    """Measure 10 to 5,000 sessions that stream at once; each is a connection, so as many open files are needed."""
    with answering() as url:
        seen = {size: [stream_together(url, size) for _ in range(_ROUNDS)] for size in _SESSIONS}
        late = {
            size: [paced_together(url, size, max(_BEATS, _RATE // size)) for _ in range(_ROUNDS)]
            for size in _SESSIONS
        }
        kept = {size: [resident_after(url, size) for _ in range(_ROUNDS)] for size in _SESSIONS[1:]}
    speeds = tuple(tuple(seen[size]) for size in _SESSIONS)
    yield Series("a delta of N sessions that stream at once", "µs", _SESSIONS, speeds)
    for place, whose in enumerate(("middle session", "worst session")):
        figures = tuple(tuple(pair[place] for pair in late[size]) for size in _SESSIONS)
        yield Series(f"paced deltas of N come late, {whose}", "ms", _SESSIONS, figures)
    memory = tuple(tuple(each) for each in kept.values())
    yield Series("N open streams: memory of each", "KiB", _SESSIONS[1:], memory)


def stream_together(url: str, sessions: int, deltas: int = _DELTAS) -> float:
    """Return microseconds per delta of all sessions."""
    return asyncio.run(_stream_together(url, sessions, deltas))


async def _stream_together(url: str, sessions: int, deltas: int) -> float:
    async with _crowd(f"{url}/s{deltas}", sessions) as many:
        await many[0].fresh().run_async("hi")
        began = time.perf_counter()
        await asyncio.gather(*(_read(session) for session in many))
        return (time.perf_counter() - began) / sessions / deltas * 1_000_000


def paced_together(url: str, sessions: int, beats: int) -> tuple[float, float]:
    """Return how many milliseconds after it was sent a delta comes, on average: in the middle session, in the worst.

    What is sent before all streams are open does not count.
    """
    return asyncio.run(_paced_together(url, sessions, beats))


async def _paced_together(url: str, sessions: int, beats: int) -> tuple[float, float]:
    async with _crowd(f"{url}/paced-{beats}-{max(1, sessions * _MILLI // _RATE)}", sessions) as many:
        seen = await asyncio.gather(*(_read(session) for session in many))
    opened = max(times[0][1] for times in seen)
    late = [[got - sent for sent, got in times if sent > opened] for times in seen]
    means = sorted(statistics.fmean(each) * _MILLI for each in late if each)
    return statistics.median(means), means[-1]


@asynccontextmanager
async def _crowd(url: str, sessions: int) -> AsyncIterator[list[Session]]:
    async with Host(allow_local=True) as host:
        engine = host.engine("openai", model="m", base_url=f"{url}/v1", api_key="k")
        yield [host.create_session(engine=engine) for _ in range(sessions)]


async def _read(session: Session) -> list[tuple[float, float]]:
    """Read a run's events to the end; return when each delta was sent, where it says so, and when it came."""
    found = []
    async for event in session.start("hi").events():
        if isinstance(event, TextDelta):
            sent = float(event.delta) if event.delta[0].isdigit() else 0.0
            found.append((sent, time.time()))
    return found
