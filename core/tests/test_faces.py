"""The faces: what stands directly on `geppetto`, through the default host."""

from typing import Any

import geppetto
import pytest
from geppetto import Host, RunContext, ToolConfig, ToolLoopConfig, Turn, consts, engines, keys, use_host
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.errors import InvalidOption, NotFound


@pytest.mark.parity(5, 287)
def test_one_call_runs_one_turn(plain_host: Host) -> None:
    """`run_inference(engine, prompt)` with an engine or its name; options are those of a run."""
    with use_host(plain_host):
        by_name = geppetto.run_inference("echo", "hi")
        by_object = geppetto.run_inference(
            engines.echo("yes"), geppetto.turn().user("hi").build(), timeout=30
        )
        with pytest.raises(InvalidOption, match="did you mean timeout"):
            geppetto.run_inference("echo", "hi", timeot=3)

    assert (by_name.text, by_object.text) == ("hi", "yes")


@pytest.mark.parity(278, 287)
def test_sessions_and_builders_are_made_on_the_default_host(plain_host: Host) -> None:
    """Each face fills the same specification."""
    with use_host(plain_host):
        session = geppetto.create_session(
            engine="echo",
            tools=["clock"],
            tool_loop=ToolLoopConfig(max_iterations=3),
            tool_config=ToolConfig(tool_choice="none"),
        )
        built = geppetto.create_builder().engine("echo").tool_loop(max_iterations=3).build_session()
        handle = geppetto.engine_builder().engine("echo", reply="x").build()

    assert session.spec.tool_loop == built.spec.tool_loop == ToolLoopConfig(max_iterations=3)
    assert session.spec.tool_config.tool_choice == "none"
    assert handle.run("hi").text == "x"


@pytest.mark.parity(109, 153)
def test_every_run_belongs_to_a_session_with_an_id(plain_host: Host) -> None:
    """Without one it gets one; the parts of a run are told the ids of session, run, turn and trace."""
    seen: list[RunContext] = []

    async def look(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        seen.append(ctx)
        reply: Turn = await call_next(ctx, turn)
        return reply

    session = plain_host.create_session(engine="echo", middlewares=[look], session_id="")
    session.run("hi")

    assert session.session_id
    assert seen[0].session_id == session.session_id
    assert seen[0].inference_id
    assert seen[0].trace_id
    assert seen[0].turn_id != seen[0].inference_id


@pytest.mark.parity(119)
async def test_a_handle_says_whether_its_run_goes_on(plain_host: Host) -> None:
    """From the start to the terminal event, and no longer."""
    engine = ScriptedEngine([{"text": "a b", "delay": 0.01}])
    handle = plain_host.create_session(engine=engine).start("hi")

    assert handle.is_running
    await handle
    assert not handle.is_running


def test_an_engine_is_made_from_explicit_settings(plain_host: Host) -> None:
    """None is no setting; an unknown engine is named with the nearest."""
    with use_host(plain_host):
        engine = engines.from_config(engine="echo", model=None, reply="x")
        with pytest.raises(NotFound, match="Did you mean echo"):
            engines.from_config(engine="ecko")
        scripted = engines.scripted(["one"])

    assert plain_host.create_session(engine=engine).run("hi").text == "x"
    assert plain_host.create_session(engine=scripted).run("hi").text == "one"


def test_keys_and_constants_are_those_of_the_turns() -> None:
    """The faces add nothing of their own."""
    completed = Turn()
    completed.metadata.set(keys.SESSION_ID, "s")

    assert completed.metadata.get(keys.SESSION_ID) == "s"
    assert keys.Key("a.b@v1", int).id == "a.b@v1"
    assert consts.BlockKind is geppetto.BlockKind
    assert {choice.value for choice in consts.ToolErrorHandling} == {"continue", "abort", "retry"}
