"""The fluent builder fills a run specification and freezes when it has built."""

from typing import Any

import pytest
from geppetto import Host, RunContext, Turn
from geppetto.builtin.echo import EchoEngine
from geppetto.errors import ConfigError, InvalidOption, NotFound
from geppetto.events import Collector


@pytest.mark.parity(19, 27, 39, 42, 149, 150, 313)
def test_a_builder_makes_a_session_of_all_that_was_set(plain_host: Host) -> None:
    """Engine, middlewares, tools, sinks and hooks of the builder are those of the run."""
    seen = Collector()
    phases: list[str] = []
    session = (
        plain_host.builder()
        .engine("echo", reply="built")
        .use("systemPrompt", {"prompt": "be kind"})
        .tools([])
        .tool_config(max_parallel_tools=2)
        .tool_loop(max_iterations=3)
        .sink(seen)
        .snapshot_hook(lambda phase, _turn: phases.append(phase))
        .timeout(30)
        .tags({"a": 1})
        .build_session(session_id="s1")
    )

    completed = session.run("hi")

    assert completed.text == "built"
    assert completed.blocks[0].text == "be kind"
    assert session.session_id == "s1"
    assert seen.types()[-1] == "run-finished"
    assert phases == ["pre_inference", "post_inference"]


@pytest.mark.parity(161, 225)
def test_a_builder_is_frozen_after_build(plain_host: Host) -> None:
    """Changing a builder that has built is refused."""
    builder = plain_host.builder().engine(EchoEngine("x"))
    builder.build()

    with pytest.raises(InvalidOption, match="frozen after build") as caught:
        builder.timeout(1)

    assert caught.value.code == "BUILDER_FROZEN"


@pytest.mark.parity(162)
def test_a_clone_is_open_and_independent(plain_host: Host) -> None:
    """A copy of a frozen builder can be changed and leaves the original's result alone."""
    builder = plain_host.builder().engine(EchoEngine("x"))
    handle = builder.build()

    other = builder.clone().use(_shout).build()

    assert handle.run("hi").text == "x"
    assert other.run("hi").text == "X"


async def _shout(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
    reply: Turn = (await call_next(ctx, turn)).clone()
    last = reply.blocks[-1]
    reply.blocks[-1] = last.replace(payload={"text": last.text.upper()})
    return reply


@pytest.mark.parity(226)
def test_a_builder_without_an_engine_is_refused(plain_host: Host) -> None:
    """Building needs an engine."""
    with pytest.raises(InvalidOption, match="has no engine"):
        plain_host.builder().build()


@pytest.mark.parity(10, 184)
def test_an_unknown_engine_is_named_with_what_is_installed(plain_host: Host) -> None:
    """The error lists the installed engines and the nearest name."""
    with pytest.raises(NotFound, match="Did you mean echo") as caught:
        plain_host.builder().engine("ecko").build()

    assert caught.value.code == "ENGINE_NOT_FOUND"


@pytest.mark.parity(163)
def test_a_builder_is_no_engine(plain_host: Host) -> None:
    """Passing a builder where an engine is expected says what is wrong."""
    builder = plain_host.builder().engine("echo")

    with pytest.raises(InvalidOption, match="expected an engine or the name of one, got Builder"):
        plain_host.create_session(engine=builder)


@pytest.mark.parity(135, 136, 137)
async def test_a_built_engine_runs_turns_and_builds_sessions(plain_host: Host) -> None:
    """An engine handle has an id and a provider, runs single turns, and makes sessions."""
    handle = plain_host.builder().provider("echo").settings(reply="hello").build()

    assert handle.id
    assert handle.provider == "echo"
    assert (await handle.run_async("hi")).text == "hello"
    assert (await handle.start("hi")).text == "hello"
    assert handle.build_session(session_id="x").session_id == "x"


@pytest.mark.parity(226)
def test_an_unknown_middleware_fails_at_build(plain_host: Host) -> None:
    """A name that no plugin offers is refused where it is given."""
    with pytest.raises(NotFound, match="systemPrompt"):
        plain_host.builder().engine("echo").use("systemPromt")


@pytest.mark.parity(11, 160)
def test_an_unknown_engine_setting_is_refused_with_the_nearest(plain_host: Host) -> None:
    """Settings are checked against the engine's schema."""
    with pytest.raises(ConfigError, match="did you mean reply"):
        plain_host.builder().engine("echo", repply="x").build()
