"""What a host builds for somebody who may not do everything."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, RunContext, ToolSource, Turn
from geppetto.engine.contract import EngineFactory
from geppetto.errors import UsageError
from geppetto.middleware import MiddlewareDefinition
from geppetto.plugins import Kind
from geppetto.reach import Reach

_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"files": {"type": "array", "items": {"type": "string", "format": "path"}}},
    "additionalProperties": False,
}


class _Echo:
    async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
        return turn


async def _passing(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
    reply: Turn = await call_next(ctx, turn)
    return reply


def _other(_settings: Any, deps: Any) -> Any:
    """Make an engine out of another one."""
    return deps.engine("function", target="builtins:print")


@pytest.fixture
def host(plain_host: Host) -> Host:
    """A host with an engine and a middleware that use files, and an engine that makes another one."""
    add = plain_host.registry.add
    add(Kind.ENGINE, EngineFactory("reader", lambda _settings, _deps: _Echo(), lambda: _SCHEMA))
    add(Kind.ENGINE, EngineFactory("other", _other))
    add(Kind.MIDDLEWARE, MiddlewareDefinition("watcher", lambda _deps, _config: _passing, lambda: _SCHEMA))
    add(Kind.TOOL_SOURCE, ToolSource("folder", _other, lambda: _SCHEMA))
    return plain_host


def test_an_engine_that_runs_code_is_refused(host: Host) -> None:
    """By itself, and as the inner one of another; the host itself still builds it."""
    bounded = host.bounded(Reach())

    for name, settings in (("function", {"target": "builtins:print"}), ("other", {})):
        with pytest.raises(UsageError, match="engine function runs code of the host") as caught:
            bounded.engine(name, **settings)
        assert caught.value.code == "OUT_OF_REACH"

    assert host.engine("function", target="builtins:print")


def test_files_in_settings_must_be_granted(host: Host, tmp_path: Path) -> None:
    """What is a file is said by the schema, at any depth."""
    bounded = host.bounded(Reach(read=(tmp_path,)))

    assert bounded.engine("reader", files=[str(tmp_path / "a")])
    assert bounded.middleware("watcher", {"files": [str(tmp_path / "a")]})
    for build in (
        lambda: bounded.engine("reader", files=[str(tmp_path / "a"), "/etc/hosts"]),
        lambda: bounded.middleware("watcher", {"files": [str(tmp_path / ".." / "b")]}),
        lambda: bounded.tool_source("folder", {"files": ["/etc/hosts"]}),
    ):
        with pytest.raises(UsageError, match="lies outside of the granted folders"):
            build()


def test_sessions_of_a_bounded_host_run_on_the_host(host: Host) -> None:
    """They share its loop."""
    bounded = host.bounded(Reach())

    assert bounded.create_session(engine="echo").run("hello").text == "hello"
    assert bounded.loop() is host.loop()
