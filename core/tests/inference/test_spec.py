"""The run specification: what does not fit is refused when it is made, by whichever way it comes."""

import json
import math
from typing import Any

import pytest
from geppetto import Host, RunContext, ToolRegistry, Turn
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.errors import InvalidOption
from geppetto.events import Collector
from geppetto.inference import ToolLoopConfig
from geppetto.tooling.hooks import ToolHooks

WRONG: list[tuple[str, Any]] = [
    ("sinks", print),
    ("sinks", [3]),
    ("persisters", print),
    ("snapshot_hooks", print),
    ("tool_loop", {}),
    ("tool_hooks", {}),
    ("tool_config", {}),
    ("listeners", print),
    ("listeners", {"text-delta": 3}),
    ("listeners", {"text-delt": print}),
    ("grace", "x"),
    ("queue_size", "x"),
    ("queue_size", 0),
    ("overflow", "spill"),
    ("inference", {"temprature": 2}),
    ("step_controller", "x"),
    ("pause_timeout", math.inf),
    ("tap", "x"),
    ("tools", "calculator"),
    ("tools", 3),
    ("middlewares", "systemPrompt"),
    ("timeout", math.nan),
    ("tags", "x"),
    ("session_id", 3),
]


@pytest.mark.parametrize(("name", "value"), WRONG)
def test_a_session_is_not_made_of_what_does_not_fit(plain_host: Host, name: str, value: Any) -> None:
    """The error names the option and comes before any run."""
    with pytest.raises(InvalidOption) as caught:
        plain_host.create_session(engine="echo", **{name: value})

    assert caught.value.subject == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("on", print),
        ("on", {"text-delta": 3}),
        ("on", {"text-delt": print}),
        ("inference", {"temprature": 2}),
        ("sinks", print),
        ("snapshot_hooks", [3]),
        ("tags", "x"),
        ("tap", 3),
        ("timeout", math.nan),
    ],
)
def test_a_run_is_not_begun_with_what_does_not_fit(plain_host: Host, name: str, value: Any) -> None:
    """Neither a run nor a structured one; the session stays as it was."""
    session = plain_host.create_session(engine="echo")

    for run in (lambda: session.run("hi", **{name: value}), lambda: session.ask("hi", dict, **{name: value})):
        with pytest.raises(InvalidOption) as caught:
            run()
        assert caught.value.subject == name

    assert len(session.history) == 0
    assert not session.is_running


def test_a_builder_builds_nothing_of_what_does_not_fit(plain_host: Host) -> None:
    """What is wrong is named at the latest by `build`, and the builder stays open."""
    builder = plain_host.builder().engine("echo").sink(3)  # type: ignore[arg-type]  # what nobody checked

    with pytest.raises(InvalidOption, match="sinks: expected a list of callables that take an event, got 3"):
        builder.build()

    builder.timeout(1)


@pytest.mark.parametrize("config", ["hi", ["hi"], 3])
def test_the_config_of_a_middleware_is_an_object(plain_host: Host, config: Any) -> None:
    """In a list of middlewares, and to a builder."""
    with pytest.raises(InvalidOption, match="middlewares/0: expected an object of names and values"):
        plain_host.create_session(engine="echo", middlewares=[("systemPrompt", config)])
    with pytest.raises(InvalidOption, match="config: expected an object of names and values"):
        plain_host.builder().use("systemPrompt", config)
    with pytest.raises(InvalidOption, match="a config goes to a middleware that is given by name"):
        plain_host.builder().use(print, config)


def test_a_list_is_as_good_as_a_tuple_and_none_is_no_option_of_a_run(plain_host: Host) -> None:
    """What was accepted before is accepted, and the caller's list is not the spec's."""
    first, second = Collector(), Collector()
    sinks = [first]
    session = plain_host.create_session(engine="echo", sinks=sinks)
    sinks.append(second)

    session.run("hi", timeout=None, on=None, sinks=None, inference=None)

    assert first.types()[-1] == "run-finished"
    assert second.events == []


def test_events_that_nobody_registered_can_be_listened_to(plain_host: Host) -> None:
    """A type with an owner that nobody knows may be of events that an engine makes up."""
    session = plain_host.create_session(engine="echo", listeners={"acme.progress": print, "*": print})

    assert session.run("hi", on={"acme.other": print}).text == "hi"


async def test_a_handle_refuses_a_type_that_no_event_has(plain_host: Host) -> None:
    """A slip is named, with the nearest type."""
    handle = plain_host.create_session(engine=ScriptedEngine(["hi"])).start("hi")

    with pytest.raises(InvalidOption, match="did you mean text-delta"):
        handle.on("text-delt", print)
    with pytest.raises(InvalidOption, match="listener: expected a callable"):
        handle.on("text-delta", 3)  # type: ignore[arg-type]  # what nobody checked

    await handle


def test_hooks_are_callables() -> None:
    """A hook that cannot be called would fail each call of a tool."""
    with pytest.raises(
        InvalidOption, match="before_tool_call: expected a callable that takes the call, got 3"
    ):
        ToolHooks(before_tool_call=3)  # type: ignore[arg-type]  # what nobody checked


def test_a_loop_goes_on_for_a_number_of_rounds() -> None:
    """The limits are whole numbers."""
    with pytest.raises(InvalidOption, match="max_iterations: expected a whole number of at least 1, got 0"):
        ToolLoopConfig(max_iterations=0)


def test_a_host_has_seconds_of_grace() -> None:
    """What every run would stumble over is refused by the host."""
    with pytest.raises(InvalidOption, match="grace: expected seconds of at least 0, got 'x'"):
        Host(plugins=False, grace="x")  # type: ignore[arg-type]  # what nobody checked


def test_an_empty_registry_and_an_empty_list_are_tools(plain_host: Host) -> None:
    """No tools are not the same as none said."""
    none: list[Any] = [ToolRegistry(), []]
    for tools in none:
        assert plain_host.create_session(engine="echo", tools=tools).spec.tools is not None


@pytest.mark.parity(92)
def test_tags_that_are_secrets_are_blanked_in_events_and_clear_to_the_run(plain_host: Host) -> None:
    """Sinks may write events anywhere; middlewares and tools get the tags as they were given."""
    seen: list[Any] = []
    heard = Collector()

    async def look(ctx: RunContext, turn: Turn, call_next: Any) -> Turn:
        seen.append(ctx.tags)
        reply: Turn = await call_next(ctx, turn)
        return reply

    tags = {"api_key": "canary-1", "who": "me", "login": {"password": "canary-2", "name": "x"}}
    session = plain_host.create_session(engine="echo", middlewares=[look], sinks=[heard], tags=tags)

    session.run("hi", tags={"auth_token": "canary-3", "note": "sk-canary4444"})

    told = json.dumps([event.to_json() for event in heard.events])
    assert "canary" not in told
    assert heard.events[0].to_json()["tags"] == {
        "api_key": "***",
        "who": "me",
        "login": {"password": "***", "name": "x"},
        "auth_token": "***",
        "note": "***",
    }
    assert seen == [{**tags, "auth_token": "canary-3", "note": "sk-canary4444"}]


def test_the_tags_of_a_session_are_its_own(plain_host: Host) -> None:
    """What the caller does to the object later does not reach a run."""
    tags = {"a": 1}
    session = plain_host.create_session(engine="echo", tags=tags)

    tags["b"] = 2

    assert session.spec.tags == {"a": 1}
