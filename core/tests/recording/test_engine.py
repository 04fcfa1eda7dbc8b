"""Turns recorded and replayed: blocks, events and errors come again, middlewares and tools run for real."""

from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, tool
from geppetto.errors import ConfigError, GeppettoError, ProviderError, RateLimited
from geppetto.events import Event
from geppetto.recording import Cassette, Level, RecordingEngine, ReplayEngine
from geppetto.testing import ScriptedEngine
from geppetto.turns import BlockKind, Turn
from sample_errors import CLASSES, sample


@tool
def add(a: int, b: int) -> int:
    """Add two numbers."""
    return a + b


def _replies() -> list[Any]:
    call = {"tool_calls": [{"name": "add", "args": {"a": 2, "b": 3}}]}
    return [call, "It is 5."]


def _recorded(host: Host, path: Path) -> tuple[Turn, list[str]]:
    cassette = Cassette(Level.TURN, "scripted")
    engine = RecordingEngine(ScriptedEngine(_replies()), cassette)
    handle = host.create_session(engine=engine, tools=[add]).start("2 and 3?")
    types = [str(event.type) for event in handle.events()]
    cassette.write(path)
    return handle.result(5), types


def test_a_conversation_with_a_tool_comes_again(plain_host: Host, tmp_path: Path) -> None:
    """The same blocks and the same events in the same order; ids of calls are made anew and still fit."""
    first, types = _recorded(plain_host, tmp_path / "a.yaml")
    engine = ReplayEngine(Cassette.read(tmp_path / "a.yaml"))

    handle = plain_host.create_session(engine=engine, tools=[add]).start("2 and 3?")
    events: list[Event] = list(handle.events())
    second = handle.result(5)

    engine.check_all_used()
    assert [str(event.type) for event in events] == types
    assert [(block.kind, block.text) for block in second.blocks] == [
        (block.kind, block.text) for block in first.blocks
    ]
    assert second.of_kind(BlockKind.TOOL_USE)[0].payload["result"] == 5
    assert {event.correlation.run_id for event in events if event.correlation} == {handle.inference_id}


def test_what_a_tool_answers_now_counts(plain_host: Host, tmp_path: Path) -> None:
    """A tool that gives something else makes a request that was not recorded, and the error shows where."""
    _recorded(plain_host, tmp_path / "a.yaml")

    def wrong(a: int, b: int) -> int:
        """Add two numbers."""
        return a + b + 1

    engine = ReplayEngine(Cassette.read(tmp_path / "a.yaml"))
    session = plain_host.create_session(engine=engine, tools=[tool(name="add")(wrong)])
    with pytest.raises(ConfigError, match="/blocks/2/payload/result: recorded 5, asked 6") as caught:
        session.run("2 and 3?")

    assert caught.value.code == "CASSETTE_NO_MATCH"


def test_another_prompt_has_no_answer(plain_host: Host, tmp_path: Path) -> None:
    """Nor has one prompt too many; and what is left over is told."""
    _recorded(plain_host, tmp_path / "a.yaml")
    engine = ReplayEngine(Cassette.read(tmp_path / "a.yaml"))

    with pytest.raises(ConfigError, match="no answer to this turn"):
        plain_host.create_session(engine=engine, tools=[add]).run("something else")
    with pytest.raises(ConfigError, match="2 recorded turns were not used") as caught:
        engine.check_all_used()

    assert caught.value.code == "CASSETTE_UNUSED"


def test_errors_come_again_as_they_were(plain_host: Host, tmp_path: Path) -> None:
    """Class, code, status, whether to try again, and when."""

    class Busy:
        async def run_inference(self, _ctx: Any, _turn: Turn) -> Turn:
            raise RateLimited("slow down", status=429, retryable=True, retry_after=3.0)

    cassette = Cassette(Level.TURN)
    with pytest.raises(RateLimited):
        plain_host.create_session(engine=RecordingEngine(Busy(), cassette)).run("hi")
    cassette.write(tmp_path / "a.yaml")

    engine = ReplayEngine(Cassette.read(tmp_path / "a.yaml"))
    with pytest.raises(RateLimited, match="slow down") as caught:
        plain_host.create_session(engine=engine).run("hi")

    error = caught.value
    assert (error.code, error.status, error.retryable, error.retry_after) == ("RATE_LIMITED", 429, True, 3.0)


@pytest.mark.parametrize("cls", CLASSES)
def test_an_error_of_any_class_comes_again(
    cls: type[GeppettoError], plain_host: Host, tmp_path: Path
) -> None:
    """Also where its constructor writes the message itself: class, text and all that it says."""

    class Failing:
        async def run_inference(self, _ctx: Any, _turn: Turn) -> Turn:
            raise sample(cls)

    cassette = Cassette(Level.TURN)
    with pytest.raises(cls) as first:
        plain_host.create_session(engine=RecordingEngine(Failing(), cassette)).run("hi")
    cassette.write(tmp_path / "a.yaml")
    engine = ReplayEngine(Cassette.read(tmp_path / "a.yaml"))

    with pytest.raises(cls) as again:
        plain_host.create_session(engine=engine).run("hi")

    assert type(again.value) is cls
    assert str(again.value) == str(first.value)
    for name in vars(first.value).keys() - {"turn"}:
        assert getattr(again.value, name) == getattr(first.value, name)


def test_an_error_of_a_strangers_class_comes_as_one_of_a_provider(plain_host: Host) -> None:
    """Its class may not be installed where it is replayed; its code and its text stay."""

    class TooLoud(GeppettoError):
        code = "TOO_LOUD"

    class Failing:
        async def run_inference(self, _ctx: Any, _turn: Turn) -> Turn:
            raise TooLoud("hush")

    cassette = Cassette(Level.TURN)
    with pytest.raises(TooLoud):
        plain_host.create_session(engine=RecordingEngine(Failing(), cassette)).run("hi")

    with pytest.raises(ProviderError, match="hush") as caught:
        plain_host.create_session(engine=ReplayEngine(cassette)).run("hi")

    assert (caught.value.code, caught.value.status, caught.value.retryable) == ("TOO_LOUD", None, False)
