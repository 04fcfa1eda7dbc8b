"""The rows: start-up, one-shot, overhead of a run, cost of a chunk, concurrency, memory."""

from __future__ import annotations

import asyncio
import tracemalloc
from typing import TYPE_CHECKING, Any

import httpx
from geppetto import Host
from geppetto.builtin.echo import EchoEngine
from geppetto.transport import SseParser
from geppetto_provider_openai.plugin import OPENAI

from benchmarks.measure import Row, alternate, alternate_async, compare, process
from benchmarks.server import ANSWER_CHUNKS, serving
from benchmarks.vendors import CHUNKS, PATHS

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto import RunContext, Session, Turn

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


def _echo(host: Host, middlewares: list[Any], reply: str = "hello") -> Session:
    return host.create_session(engine=EchoEngine(reply), middlewares=middlewares)


def chunks() -> list[Row]:
    """What a streamed chunk costs from socket to consumer, and 64 runs at once, against bare httpx."""
    with serving() as url:
        return asyncio.run(_against_httpx(url))


async def _against_httpx(url: str) -> list[Row]:
    async with Host(plugins=False, allow_local=True) as host, httpx.AsyncClient(trust_env=False) as client:
        from geppetto.plugins import Kind

        host.registry.add(Kind.ENGINE, OPENAI)
        engine = host.engine("openai", model="m", base_url=f"{url}/v1")
        session = host.create_session(engine=engine)
        body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]}

        async def ours() -> None:
            await session.fresh().run_async("hi")

        async def floor() -> None:
            async with client.stream("POST", f"{url}/v1/chat/completions", json=body) as response:
                async for _ in response.aiter_bytes():
                    pass

        one = await alternate_async(ours, floor, rounds=9)
        many = await alternate_async(lambda: _together(ours), lambda: _together(floor), rounds=5)
    per_chunk = [[t / ANSWER_CHUNKS * _SCALE for t in times] for times in one]
    per_second = [[64 / t for t in times] for times in many]
    return [
        compare("a streamed chunk, delivered", "µs", per_chunk[0], per_chunk[1], "httpx, bytes thrown away"),
        compare(
            "64 streamed runs at once (higher is better)", "runs/s", per_second[0], per_second[1], "httpx"
        ),
    ]


def vendor_chunks() -> list[Row]:
    """What a chunk of a long reply costs at each vendor, against bare httpx and the bare parser of its events."""
    with serving() as url:
        return asyncio.run(_each_vendor(url))


async def _each_vendor(url: str) -> list[Row]:
    found = []
    async with Host(allow_local=True) as host, httpx.AsyncClient(trust_env=False) as client:
        for name, (base, path) in PATHS.items():
            engine = host.engine(name, model="m", base_url=url + base, api_key="k")
            session = host.create_session(engine=engine)

            async def ours(session: Session = session) -> None:
                await session.fresh().run_async("hi")

            async def floor(path: str = path) -> None:
                parser = SseParser()
                async with client.stream("POST", url + path, json={}) as response:
                    async for chunk in response.aiter_bytes():
                        parser.feed(chunk)

            mine, bare = await alternate_async(ours, floor, rounds=9)
            scaled = [[t / CHUNKS * _SCALE for t in times] for times in (mine, bare)]
            found.append(
                compare(f"a chunk of {name}", "µs", scaled[0], scaled[1], "httpx and the SSE parser")
            )
    return found


async def _together(work: Callable[[], Any]) -> None:
    await asyncio.gather(*(work() for _ in range(64)))


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
    "chunks": chunks,
    "vendors": vendor_chunks,
    "memory": memory,
}
