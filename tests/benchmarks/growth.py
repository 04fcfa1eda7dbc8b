"""What grows with what: a run with the blocks of its turn, a session with its turns, look-ups with profiles and plugins."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from geppetto import Host, Turn, block
from geppetto.builtin.echo import EchoEngine

from benchmarks.crowd import crowd_series
from benchmarks.series import Series, measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["GROWTH", "run_with_blocks", "session_of_turns"]

_BLOCKS = (10, 100, 1000)
_TURNS = 1000
_PROFILES = (10, 100, 1000)
_PLUGINS = (10, 50, 200)
_MICRO, _MILLI = 1_000_000, 1000


def _blocks() -> Iterator[Series]:
    yield measured("a run on a turn of N blocks", "µs", _BLOCKS, run_with_blocks)


def run_with_blocks(size: int, runs: int = 30) -> float:
    """Return the microseconds of a run that goes on from a turn of so many blocks."""
    turn = Turn([block.user(f"message {number}") for number in range(size)])

    async def go() -> float:
        async with Host(plugins=False) as host:
            sessions = [host.create_session(engine=EchoEngine("ok")) for _ in range(runs)]
            began = time.perf_counter()
            for session in sessions:
                await session.run_async(turn)
            return (time.perf_counter() - began) / runs * _MICRO

    return asyncio.run(go())


def _turns() -> Iterator[Series]:
    rounds = [session_of_turns(_TURNS) for _ in range(3)]
    places = (100, _TURNS // 2, _TURNS)
    found = tuple(tuple(took[place - 1] for took in rounds) for place in places)
    yield Series("the Nth run of one session (2 blocks each)", "µs", places, found)


def session_of_turns(turns: int, window: int = 50) -> list[float]:
    """Return the microseconds of each run of one long session, as means over the runs before it."""

    async def go() -> list[float]:
        async with Host(plugins=False) as host:
            session, ends = host.create_session(engine=EchoEngine("ok")), [time.perf_counter()]
            for _ in range(turns):
                await session.run_async("hi")
                ends.append(time.perf_counter())
        spans = ((end, max(0, end - window)) for end in range(1, turns + 1))
        return [(ends[end] - ends[begin]) / (end - begin) * _MICRO for end, begin in spans]

    return asyncio.run(go())


def _profiles() -> Iterator[Series]:
    with TemporaryDirectory() as folder:
        files = {size: _registry(Path(folder), size) for size in _PROFILES}
        yield measured(
            "one of N profiles resolved, the file read first", "ms", _PROFILES, lambda n: _resolve(files[n])
        )
        yield measured(
            "one of N profiles resolved again", "µs", _PROFILES, lambda n: _resolve_again(files[n])
        )


def _registry(folder: Path, size: int) -> str:
    """Write a registry of so many profiles, each on top of the default."""
    lines = ["slug: many", "profiles:", "  default: {runtime: {system_prompt: Be kind.}}"]
    lines += [
        f"  p{number}: {{stack: [{{profile_slug: default}}], runtime: {{system_prompt: Number {number}.}}}}"
        for number in range(size)
    ]
    path = folder / f"profiles-{size}.yaml"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


def _resolve(registry: str) -> float:
    with Host(plugins=False, profile_registry=registry, env={}) as host:
        began = time.perf_counter()
        host.resolve_profile("p7")
        return (time.perf_counter() - began) * _MILLI


def _resolve_again(registry: str, times: int = 50) -> float:
    with Host(plugins=False, profile_registry=registry, env={}) as host:
        host.resolve_profile("p7")
        began = time.perf_counter()
        for _ in range(times):
            host.resolve_profile("p7")
        return (time.perf_counter() - began) / times * _MICRO


def _plugins() -> Iterator[Series]:
    with TemporaryDirectory() as folder:
        sites = {size: _site(Path(folder), size) for size in _PLUGINS}
        yield measured("`geppetto plugins list` with N plugins", "ms", _PLUGINS, lambda n: _list(sites[n]))


def _site(folder: Path, size: int) -> str:
    """Install so many plugins into a folder of their own."""
    site = folder / str(size)
    for number in range(size):
        info = site / f"geppetto_n{number}-1.0.dist-info"
        info.mkdir(parents=True)
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: geppetto-n{number}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[geppetto.engines]\nn{number} = n{number}_plugin\n")
    return str(site)


def _list(site: str) -> float:
    environment = {**os.environ, "PYTHONPATH": site}
    command = [sys.executable, "-m", "geppetto", "plugins", "list"]
    began = time.perf_counter()
    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - began) * _MILLI


#: by the name that `--growth` takes
GROWTH: dict[str, Callable[[], Iterator[Series]]] = {
    "blocks": _blocks,
    "turns": _turns,
    "profiles": _profiles,
    "plugins": _plugins,
    "streams": crowd_series,
}
