"""The pytest plugin that an installed Geppetto brings: fixtures for tests of applications and plugins.

It imports nothing of Geppetto before a test asks for a fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["pytest_addoption", "pytest_configure"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--no-network` and the setting of the same name."""
    parser.addoption("--no-network", action="store_true", help="refuse connections that leave this machine")
    parser.addini("geppetto_no_network", "refuse connections that leave this machine", type="bool")


def pytest_configure(config: pytest.Config) -> None:
    """Let the contracts' assertions show what they compare."""
    pytest.register_assert_rewrite("geppetto.testing.contracts")
    config.addinivalue_line("markers", "network: the test may use the network in spite of --no-network")


@pytest.fixture(autouse=True)
def _geppetto_no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    config = request.config
    wanted = config.getoption("--no-network") or config.getini("geppetto_no_network")
    if not wanted or request.node.get_closest_marker("network"):
        yield
        return
    from geppetto.testing.network import no_network

    with no_network():
        yield


@pytest.fixture
def geppetto_home(tmp_path: Path) -> Path:
    """Give an empty folder that stands for the user's Geppetto folders."""
    return tmp_path / "geppetto"


@pytest.fixture
def geppetto_host(geppetto_home: Path) -> Iterator[Any]:
    """Give a host with the installed plugins, empty folders and no keys; it may reach loopback."""
    from geppetto import Host

    with Host(env={"GEPPETTO_HOME": str(geppetto_home)}, allow_local=True) as host:
        yield host


@pytest.fixture
def replay_server() -> Iterator[Any]:
    """Give a running `ReplayServer` without exchanges: `replay_server.add(Exchange(...))`."""
    from geppetto.testing import ReplayServer

    with ReplayServer() as server:
        yield server


@pytest.fixture
def canned_transport() -> Any:
    """Give a `CannedTransport` without exchanges, for a Host's `transport`."""
    from geppetto.testing import CannedTransport

    return CannedTransport()


@pytest.fixture
def scripted_engine() -> Callable[..., Any]:
    """Give the class `ScriptedEngine`: an engine that answers from a list."""
    from geppetto.testing import ScriptedEngine

    return ScriptedEngine


@pytest.fixture
def recording_port() -> Any:
    """Give a `RecordingPort`, which keeps the events of `run_context(port)`."""
    from geppetto.testing import RecordingPort

    return RecordingPort()
