"""The rows of the short form that need no network: start-up, one-shot, overhead of a run, memory."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import TYPE_CHECKING, Any

from geppetto import Host
from geppetto.builtin.echo import EchoEngine

from benchmarks.measure import Row, alternate, alternate_async, compare, process
from benchmarks.resolving import resolving
from benchmarks.wire import chunks, vendor_chunks

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto import RunContext, Session, Turn
    from geppetto.events import Event

__all__ = ["ROWS"]

_BARE_REQUEST = "import httpx; httpx.Client()"
_SCALE = 1_000_000


def start_up() -> list[Row]:
    """Import the package, and list plugins, against bare Python and the libraries that the command line needs."""
    bare = process("-c", "pass")
    libraries = process("-c", "import click, importlib_metadata")
    pairs = [
        ("import geppetto", process("-c", "import geppetto"), bare, "python -c pass"),
        (
            "geppetto --version",
            process("-m", "geppetto", "--version"),
            libraries,
            "import click, importlib_metadata",
        ),
        ("geppetto plugins list", process("-m", "geppetto", "plugins", "list"), libraries, "the same"),
    ]
    return [_process_row(*pair) for pair in pairs]


def one_shot() -> list[Row]:
    """The main job as a process, against a process that makes a bare HTTP client."""
    ours = process("-m", "geppetto", "run", "-e", "echo", "hello")
    return [
        _process_row(
            "geppetto run -e echo", ours, process("-c", _BARE_REQUEST), "import httpx, make a client"
        )
    ]


def _process_row(name: str, ours: Callable[[], object], floor: Callable[[], object], floor_name: str) -> Row:
    mine, bare = alternate(ours, floor, rounds=7)
    return compare(name, "ms", [t * 1000 for t in mine], [t * 1000 for t in bare], floor_name)


async def _async_layer(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
    reply: Turn = await call_next(ctx, turn)
    return reply


def _plain_layer(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
    reply: Turn = call_next(ctx, turn)
    return reply


async def _bare_run() -> list[str]:
    """Do the least that a run could be: one coroutine in a task that makes a list."""

    async def reply() -> list[str]:
        return ["hello"]

    return await asyncio.create_task(reply())


def overhead() -> list[Row]:
    """What one run costs in process, with 0, 3 and 8 async middlewares and one plain one."""
    return asyncio.run(_overhead())


async def _overhead(runs: int = 300) -> list[Row]:
    found = []
    layers: dict[str, list[Any]] = {
        "no middleware": [],
        "3 async": [_async_layer] * 3,
        "8 async": [_async_layer] * 8,
        "1 plain": [_plain_layer],
    }
    async with Host(plugins=False) as host:
        for name, middlewares in layers.items():
            sessions = [_echo(host, middlewares) for _ in range(runs)]

            async def ours(sessions: list[Session] = sessions) -> None:
                for session in sessions:
                    await session.fresh().run_async("hi")

            async def floor() -> None:
                for _ in range(runs):
                    await _bare_run()

            mine, bare = await alternate_async(ours, floor)
            scaled = [[t / runs * _SCALE for t in times] for times in (mine, bare)]
            found.append(compare(f"a run, {name}", "µs", scaled[0], scaled[1], "an asyncio task"))
    return found


class _EventLayer:
    """Lets every event pass."""

    def event(self, _ctx: RunContext, event: Event) -> Event:
        return event


def deltas() -> list[Row]:
    """What a delta costs from the engine to a reader, and in each event middleware on its way."""
    return asyncio.run(_deltas())


async def _deltas(words: int = 1000, layers: int = 8) -> list[Row]:
    text = "word " * words
    async with Host(plugins=False) as host:

        async def read(middlewares: list[Any]) -> None:
            async for _event in _echo(host, middlewares, text).start("hi").events():
                pass

        bare, layered = await alternate_async(lambda: read([]), lambda: read([_EventLayer()] * layers))
        calls, _ = alternate(lambda: _pass_on(words), lambda: None)
    each, floor = ([t / words * _SCALE for t in times] for times in (bare, calls))
    inside = [(t - b) / words / layers * _SCALE for t, b in zip(layered, bare, strict=True)]
    return [
        compare("a delta from the engine to a reader", "µs", each, floor, "a method that is called"),
        compare("the same, each event middleware", "µs", inside, floor, "a method that is called"),
    ]


def _pass_on(times: int) -> None:
    layer: Any = _EventLayer()
    for _ in range(times):
        layer.event(None, None)


def _echo(host: Host, middlewares: list[Any], reply: str = "hello") -> Session:
    return host.create_session(engine=EchoEngine(reply), middlewares=middlewares)


def memory() -> list[Row]:
    """What 1,000 sessions with one turn each keep, against their texts in lists."""
    with Host(plugins=False) as host:

        async def talk(session: Session) -> Session:
            await session.run_async("hello")
            return session

        ours = _kept(lambda: [asyncio.run(talk(_echo(host, []))) for _ in range(1000)])
    floor = _kept(lambda: [["hello" + str(n), "hello" + str(n)] for n in range(1000)])
    return [
        compare(
            "a session with one turn", "KiB", [ours / 1024_000], [floor / 1024_000], "two texts in a list"
        )
    ]


def _kept(make: Callable[[], list[Any]]) -> float:
    tracemalloc.start()
    kept = make()
    size = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept
    return float(size)


ROWS = {
    "start-up": start_up,
    "one-shot": one_shot,
    "overhead": overhead,
    "deltas": deltas,
    "resolving": resolving,
    "chunks": chunks,
    "vendors": vendor_chunks,
    "memory": memory,
}
