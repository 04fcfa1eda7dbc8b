"""The step controller holds runs at two points, and the deadline waits meanwhile."""

import asyncio
from typing import Any

import pytest
from geppetto import Host, ToolRegistry
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.errors import RunCancelled
from geppetto.events import Collector, DebuggerPause
from geppetto.inference import Session, StepController

CALL = {"tool_calls": [{"id": "c", "name": "noop"}]}


def _session(host: Host, controller: StepController, seen: Collector, **options: Any) -> Session:
    registry = ToolRegistry()
    registry.define("noop", _noop)
    engine = ScriptedEngine([CALL, "done"])
    return host.create_session(
        engine=engine, tools=registry, step_controller=controller, sinks=(seen,), **options
    )


async def _noop(arguments: Any, context: Any) -> str:
    return "ok"


async def _paused(controller: StepController) -> str:
    while not controller.pauses():  # noqa: ASYNC110  # the controller tells by an event of the run, read elsewhere
        await asyncio.sleep(0.001)
    return controller.pauses()[0].id


@pytest.mark.parity(20, 127)
async def test_a_run_is_held_after_inference_and_after_tools(plain_host: Host) -> None:
    """Each pause is an event and lasts until it is resumed."""
    controller, seen = StepController(), Collector()
    session = _session(plain_host, controller, seen)
    controller.enable(session.session_id)
    handle = session.start("go")

    for _ in range(2):
        pause_id = await _paused(controller)
        assert controller.resume(pause_id)
        assert not controller.resume(pause_id)
    completed = await handle

    assert completed.text == "done"
    pauses = [event for event in seen.events if isinstance(event, DebuggerPause)]
    assert [pause.phase for pause in pauses] == ["after_inference", "after_tools"]
    assert pauses[0].extra == {"pending_tools": 1}


async def test_a_pause_that_nobody_ends_goes_on_by_itself(plain_host: Host) -> None:
    """After the pause timeout the run continues."""
    controller, seen = StepController(), Collector()
    session = _session(plain_host, controller, seen, pause_timeout=0.01)
    controller.enable(session.session_id)

    completed = await session.run_async("go")

    assert completed.text == "done"
    assert len(seen.of_type("debugger.pause")) == 2


async def test_the_deadline_stands_still_while_a_run_is_held(plain_host: Host) -> None:
    """A run held for longer than its timeout still completes."""
    controller, seen = StepController(), Collector()
    session = _session(plain_host, controller, seen, pause_timeout=0.3, timeout=0.25)
    controller.enable(session.session_id)

    completed = await session.run_async("go")

    assert completed.text == "done"


async def test_a_session_that_is_not_enabled_is_not_held(plain_host: Host) -> None:
    """Only the sessions that somebody enabled pause."""
    controller, seen = StepController(), Collector()

    await _session(plain_host, controller, seen).run_async("go")

    assert seen.of_type("debugger.pause") == []


async def test_disabling_lets_a_held_run_go_on(plain_host: Host) -> None:
    """`disable` releases the session's pauses and holds no further one."""
    controller, seen = StepController(), Collector()
    session = _session(plain_host, controller, seen)
    controller.enable(session.session_id)
    handle = session.start("go")
    await _paused(controller)

    controller.disable(session.session_id)

    assert (await handle).text == "done"
    assert len(seen.of_type("debugger.pause")) == 1


@pytest.mark.parity(68, 127)
async def test_calls_of_a_run_that_is_cancelled_while_it_is_held_are_answered(plain_host: Host) -> None:
    """As those that are cancelled while they run; the next run does not make them."""
    controller, seen = StepController(), Collector()
    session = _session(plain_host, controller, seen)
    controller.enable(session.session_id)
    handle = session.start("go")
    await _paused(controller)
    handle.cancel()
    with pytest.raises(RunCancelled) as caught:
        await handle

    completed = await session.run_async("on")

    assert caught.value.turn is not None
    assert caught.value.turn.blocks[-1].payload == {"id": "c", "result": None, "error": "cancelled"}
    assert completed.text == "done"
    assert not seen.of_type("tool-execution-started")


async def test_a_held_run_can_be_cancelled(plain_host: Host) -> None:
    """Cancel ends a pause, and nothing waits on."""
    controller, seen = StepController(), Collector()
    session = _session(plain_host, controller, seen)
    controller.enable(session.session_id)
    handle = session.start("go")
    await _paused(controller)

    handle.cancel()

    with pytest.raises(RunCancelled):
        await handle
    assert controller.pauses() == []
