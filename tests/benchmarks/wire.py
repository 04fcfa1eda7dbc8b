"""The rows of the short form over a socket: what a chunk costs, and many streams at once, against bare httpx."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
from geppetto import Host
from geppetto.transport import SseParser
from geppetto_provider_openai.plugin import OPENAI

from benchmarks.loopback import answering
from benchmarks.measure import Row, alternate_async, compare
from benchmarks.replies import WHOLE_DELTAS
from benchmarks.vendors import CHUNKS, PATHS

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto import Session

__all__ = ["chunks", "vendor_chunks"]

_SCALE = 1_000_000


def chunks() -> list[Row]:
    """What a streamed chunk costs from socket to consumer, and 64 runs at once, against bare httpx."""
    with answering() as url:
        return asyncio.run(_against_httpx(url))


async def _against_httpx(url: str) -> list[Row]:
    async with Host(plugins=False, allow_local=True) as host, httpx.AsyncClient(trust_env=False) as client:
        from geppetto.plugins import Kind

        host.registry.add(Kind.ENGINE, OPENAI)
        engine = host.engine("openai", model="m", base_url=f"{url}/whole/v1")
        session = host.create_session(engine=engine)
        body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "hi"}]}

        async def ours() -> None:
            await session.fresh().run_async("hi")

        async def floor() -> None:
            async with client.stream("POST", f"{url}/whole/v1/chat/completions", json=body) as response:
                async for _ in response.aiter_bytes():
                    pass

        one = await alternate_async(ours, floor, rounds=9)
        many = await alternate_async(lambda: _together(ours), lambda: _together(floor), rounds=5)
    per_chunk = [[t / WHOLE_DELTAS * _SCALE for t in times] for times in one]
    per_second = [[64 / t for t in times] for times in many]
    return [
        compare("a streamed chunk, delivered", "µs", per_chunk[0], per_chunk[1], "httpx, bytes thrown away"),
        compare(
            "64 streamed runs at once (higher is better)", "runs/s", per_second[0], per_second[1], "httpx"
        ),
    ]


def vendor_chunks() -> list[Row]:
    """What a chunk of a long reply costs at each vendor, against bare httpx and the bare parser of its events."""
    with answering() as url:
        return asyncio.run(_each_vendor(url))


async def _each_vendor(url: str) -> list[Row]:
    found = []
    async with Host(allow_local=True) as host, httpx.AsyncClient(trust_env=False) as client:
        for name, (base, path) in PATHS.items():
            engine = host.engine(name, model="m", base_url=f"{url}/long{base}", api_key="k")
            session = host.create_session(engine=engine)

            async def ours(session: Session = session) -> None:
                await session.fresh().run_async("hi")

            async def floor(path: str = path) -> None:
                parser = SseParser()
                async with client.stream("POST", f"{url}/long{path}", json={}) as response:
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
