"""Turns recorded and replayed: blocks, events and errors come again, middlewares and tools run for real."""

import asyncio
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, tool
from geppetto.engine import RunContext
from geppetto.errors import (
    ConfigError,
    DeadlineExceeded,
    EngineError,
    GeppettoError,
    ProviderError,
    RateLimited,
    RunCancelled,
    RunEnded,
)
from geppetto.events import Event
from geppetto.events.model import TextDelta
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


@pytest.mark.parametrize(("timeout", "ends"), [(1.0, DeadlineExceeded), (None, RunCancelled)])
def test_a_run_that_is_cut_short_comes_again_as_far_as_it_came(
    timeout: float | None, ends: type[RunEnded], plain_host: Host, tmp_path: Path
) -> None:
    """A deadline or a cancel in the middle of a reply: the text so far, then an error that says so."""
    cassette = Cassette(Level.TURN)
    endless = ScriptedEngine([{"text": "and on " * 1000, "delay": 0.1}])
    handle = plain_host.create_session(engine=RecordingEngine(endless, cassette)).start(
        "talk", timeout=timeout
    )
    for event in handle.events():
        if timeout is None and event.type == "text-delta":
            handle.cancel()
    with pytest.raises(ends):
        handle.result(5)
    cassette.write(tmp_path / "a.yaml")

    replayed = plain_host.create_session(engine=ReplayEngine(Cassette.read(tmp_path / "a.yaml"))).start(
        "talk"
    )
    with pytest.raises(ends, match="the recorded run was cut short here"):
        replayed.result(5)

    reply = replayed.partial_turn.blocks[-1]
    assert reply.text.startswith("and ")
    assert reply.payload == handle.partial_turn.blocks[-1].payload


def test_a_call_that_does_not_stop_is_recorded_as_far_as_it_came(plain_host: Host, tmp_path: Path) -> None:
    """Its run is over before the engine gives in: the recording has the call all the same."""

    class Stubborn:
        async def run_inference(self, ctx: RunContext, turn: Turn) -> Turn:
            ctx.emit(TextDelta("so far"))
            while not over.is_set():
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0.01)
            return turn

    over, cassette = threading.Event(), Cassette(Level.TURN)
    handle = plain_host.create_session(engine=RecordingEngine(Stubborn(), cassette)).start("hi")
    next(event for event in handle.events() if event.type == "text-delta")
    handle.cancel()
    with pytest.raises(RunCancelled):
        handle.result(5)
    cassette.write(tmp_path / "a.yaml")
    over.set()

    [kept] = Cassette.read(tmp_path / "a.yaml").interactions
    assert kept["events"][0]["delta"] == "so far"
    assert kept["reply"]["error"]["class"] == "RunCancelled"


def test_an_exception_of_an_engine_is_recorded(plain_host: Host) -> None:
    """A bug is no error of ours; what comes again has its name and its text."""

    class Buggy:
        async def run_inference(self, _ctx: Any, _turn: Turn) -> Turn:
            raise ZeroDivisionError("by zero")

    cassette = Cassette(Level.TURN)
    with pytest.raises(EngineError):
        plain_host.create_session(engine=RecordingEngine(Buggy(), cassette)).run("hi")

    with pytest.raises(EngineError, match="ZeroDivisionError: by zero"):
        plain_host.create_session(engine=ReplayEngine(cassette)).run("hi")
