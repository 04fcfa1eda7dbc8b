"""What these tests share: a host of its own, an engine that counts how often it is asked, and sessions with a cache."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.engine import Reply, RunContext, Usage
from geppetto.inference import Session
from geppetto.turns import FinishClass, Turn

USAGE = Usage(input_uncached=7, output_text=3, total=10)


class Counting:
    """An engine that says how often it was asked; `says` and `ends` may be changed between runs."""

    def __init__(self, identity: str = "counting") -> None:
        self.identity = identity
        self.asked = 0
        self.ends = FinishClass.COMPLETED
        self.fails: Exception | None = None
        self.seconds = 0.0

    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        """Reply with reasoning and text in two deltas, then end as `ends` says."""
        self.asked += 1
        reply = Reply(ctx, provider="counting", model="one")
        reply.start()
        reply.metadata(response_id=f"r{self.asked}")
        reply.reasoning("hm")
        reply.attach(encrypted_content="b3BhcXVl")
        reply.text("answer ")
        await asyncio.sleep(self.seconds)
        reply.text(str(self.asked))
        if self.fails is not None:
            raise self.fails
        reply.finish(finish_class=self.ends, stop_reason="stop", usage=USAGE)
        return reply.extend(turn)


@pytest.fixture
def counting() -> Counting:
    """Give an engine that counts."""
    return Counting()


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Host]:
    """Give a host with an empty home and all installed plugins."""
    with Host(env={"GEPPETTO_HOME": str(tmp_path / "home")}, grace=1.0) as host:
        yield host


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """Return the file that the sessions of `cached` use."""
    return tmp_path / "replies.db"


@pytest.fixture
def cached(host: Host, database: Path) -> Callable[..., Session]:
    """Give a function that makes a session with a cache around an engine."""

    def make(engine: Any, config: dict[str, Any] | None = None, **options: Any) -> Session:
        use = ("cache", {"path": str(database), **(config or {})})
        return host.create_session(engine=engine, middlewares=[use], **options)

    return make


@pytest.fixture
def no_database(tmp_path: Path) -> Callable[[str], Path]:
    """Give a function that makes a path at which no database can be: `broken`, `folder` or `below a file`."""

    def make(kind: str) -> Path:
        path = tmp_path / "x"
        if kind == "folder":
            path.mkdir()
            return path
        path.write_bytes(b"no database at all" * 100)
        return path if kind == "broken" else path / "replies.db"

    return make
