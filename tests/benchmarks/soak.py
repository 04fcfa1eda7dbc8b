"""Whether anything grows that should not: 100,000 runs in one process, and a reply of 10,000 chunks beside one of 1,000."""

from __future__ import annotations

import asyncio
import gc
import resource
import statistics
import time
from dataclasses import dataclass
from pathlib import Path

from geppetto import Host
from geppetto.builtin.echo import EchoEngine

from benchmarks.loopback import answering

__all__ = ["Soak", "chunk_costs", "soak"]

_RUNS = 100_000
_STEPS = 10
_SHORT, _LONG = 1_000, 10_000
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True)
class Soak:
    """Resident KiB and microseconds per run after each tenth of the runs."""

    runs: int
    resident: tuple[float, ...]
    cost: tuple[float, ...]

    @property
    def bytes_per_run(self) -> float:
        """What each run of the second half left behind: the first half warms everything up."""
        half = len(self.resident) // 2
        return (self.resident[-1] - self.resident[half - 1]) * 1024 / (self.runs / 2)


def soak(runs: int = _RUNS) -> Soak:
    """Run so often in one process, each time in a session of its own."""
    return asyncio.run(_soak(runs))


async def _soak(runs: int) -> Soak:
    kept, took = [], []
    each = runs // _STEPS
    async with Host(plugins=False) as host:
        session = host.create_session(engine=EchoEngine("ok"))
        for _ in range(_STEPS):
            began = time.perf_counter()
            for _ in range(each):
                await session.fresh().run_async("hi")
            took.append((time.perf_counter() - began) / each * 1_000_000)
            gc.collect()
            kept.append(_resident())
    return Soak(runs, tuple(kept), tuple(took))


def _resident() -> float:
    return int(_STATM.read_text().split()[1]) * resource.getpagesize() / 1024


def chunk_costs(rounds: int = 5) -> dict[int, float]:
    """Return the CPU microseconds of a chunk in a short and in a long reply."""
    with answering() as url:
        return {chunks: _chunk_cost(url, chunks, rounds) for chunks in (_SHORT, _LONG)}


def _chunk_cost(url: str, chunks: int, rounds: int) -> float:
    async def go() -> float:
        async with Host(allow_local=True) as host:
            engine = host.engine("openai", model="m", base_url=f"{url}/s{chunks}/v1", api_key="k")
            session, took = host.create_session(engine=engine), []
            for _ in range(rounds + 1):
                began = time.process_time()
                async for _event in session.fresh().start("hi").events():
                    pass
                took.append(time.process_time() - began)
        return statistics.median(took[1:]) / chunks * 1_000_000

    return asyncio.run(go())
