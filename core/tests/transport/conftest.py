"""Fixtures of the transport's tests: loopback servers, transports that are closed, contexts."""

from __future__ import annotations

import asyncio
import importlib.util
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from geppetto.transport import HttpTransport

if TYPE_CHECKING:
    from core.tests.transport.loopback import Answer, Loopback

    Serve: TypeAlias = Callable[[Answer], Awaitable[Loopback]]


def _loopback() -> ModuleType:
    """Load the server next to this file: tests are no package, so it cannot be imported by name."""
    name = "geppetto_tests_loopback"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name("loopback.py"))
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run what is about sockets on both event loops that hosts use."""
    found: dict[str, Callable[[], asyncio.AbstractEventLoop]] = {"asyncio": asyncio.new_event_loop}
    if sys.platform != "win32":
        import uvloop

        found["uvloop"] = uvloop.new_event_loop
    return found


@pytest.fixture
def loopback() -> ModuleType:
    """Give the module of the loopback server."""
    return _loopback()


@pytest.fixture
def context() -> Any:
    """Give the function that makes a run context."""
    return _loopback().context


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Give a function that starts a server with a given answer; all stop after the test."""
    started: list[Loopback] = []

    async def start(answer: Answer) -> Loopback:
        server: Loopback = await _loopback().Loopback(answer).start()
        started.append(server)
        return server

    yield start

    for server in started:
        await server.stop()


@pytest.fixture(params=["h11", "httptools"])
def parser(request: pytest.FixtureRequest) -> str:
    """Give the name of a parser: both must do the same."""
    return str(request.param)


@pytest.fixture
async def make(parser: str) -> AsyncIterator[Callable[..., HttpTransport]]:
    """Give a function that makes a transport for loopback addresses; all are closed after the test."""
    made: list[HttpTransport] = []

    def build(**options: Any) -> HttpTransport:
        made.append(HttpTransport(**{"allow_local": True, "parser": parser, **options}))
        return made[-1]

    yield build

    for transport in made:
        await transport.aclose()
