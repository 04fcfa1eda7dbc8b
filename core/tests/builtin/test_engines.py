"""The built-in engines, through the same hooks as a stranger's."""

import functools

import pytest
from geppetto import Host, RunContext, Turn, block, engines, keys, use_host
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.errors import ConfigError, EngineError, InvalidOption
from geppetto.events import Collector, TextDelta


@pytest.mark.parity(17, 96)
def test_echo_repeats_the_prompt_or_says_what_it_was_told(plain_host: Host) -> None:
    """It streams word by word."""
    seen = Collector()

    repeated = plain_host.create_session(engine="echo", sinks=(seen,)).run("one two")
    told = plain_host.create_session(engine=engines.echo(reply="yes")).run("one two")

    assert (repeated.text, told.text) == ("one two", "yes")
    assert [e.delta for e in seen.events if isinstance(e, TextDelta)] == ["one ", "two"]


@pytest.mark.parity(17, 18)
@pytest.mark.parametrize("kind", ["plain text", "async turn"])
def test_a_function_is_an_engine(kind: str, plain_host: Host) -> None:
    """`def` and `async def`, giving a text or a turn."""

    async def asynchronous(ctx: RunContext, given: Turn) -> Turn:
        return given.clone().append(block.assistant("ok"))

    with use_host(plain_host):
        engine = engines.from_function(asynchronous if kind == "async turn" else lambda ctx, given: "ok")

    assert plain_host.create_session(engine=engine).run("hi").text == "ok"


def test_a_function_that_gives_something_else_is_told(plain_host: Host) -> None:
    """The error names the function and what was expected."""
    with use_host(plain_host):
        engine = engines.from_function(lambda ctx, given: 3)

    with pytest.raises(EngineError, match="returned int, expected Turn or str"):
        plain_host.create_session(engine=engine).run("hi")


def test_a_function_can_be_named_by_its_place(plain_host: Host) -> None:
    """The engine `function` imports `module:function`; what cannot be imported is refused."""
    engine = plain_host.engine("function", target="geppetto.builtin.demo:expression_in")
    assert engine is not None

    with pytest.raises(InvalidOption, match="cannot be loaded"):
        plain_host.engine("function", target="geppetto.nowhere:x")


def test_a_script_plays_in_order_and_ends(plain_host: Host) -> None:
    """After the last reply the next call fails clearly; a bad script is refused at once."""
    session = plain_host.create_session(engine=ScriptedEngine(["one"]))
    session.run("a")

    with pytest.raises(EngineError, match="asked for one more"):
        session.run("b")
    with pytest.raises(InvalidOption, match="replies/0: no field 'txet'"):
        ScriptedEngine([{"txet": "x"}])


@pytest.mark.parity(8, 11, 330)
def test_engines_are_made_from_explicit_settings(plain_host: Host) -> None:
    """`from_config` names unknown settings and engines."""
    with use_host(plain_host):
        assert engines.from_config(engine="echo", reply="x") is not None
        with pytest.raises(ConfigError, match="did you mean reply"):
            engines.from_config(engine="echo", repply="x")
        assert "echo" in engines.names()


@pytest.mark.parametrize(
    "target", ["geppetto.nowhere:x", "geppetto.builtin.demo", "geppetto.builtin.demo:nothing", ":x", "os:sep"]
)
def test_a_target_that_is_no_function_is_refused(target: str, plain_host: Host) -> None:
    """Where it is configured, not when it is run."""
    with pytest.raises(InvalidOption, match=r"cannot be loaded|is no function"):
        plain_host.engine("function", target=target)


def test_a_function_is_called_by_its_name_in_messages(plain_host: Host) -> None:
    """Partials and objects are looked through."""

    def answer(word: str, ctx: RunContext, given: Turn) -> str:
        return word

    with use_host(plain_host):
        engine = engines.from_function(functools.partial(answer, "ok"))

    completed = plain_host.create_session(engine=engine).run("hi")

    assert completed.text == "ok"
    assert completed.metadata.get(keys.MODEL) == "answer"


def test_a_script_says_all_that_a_model_can(plain_host: Host) -> None:
    """Reasoning, text, tool calls, usage and the finish class come as they are written."""
    script = {
        "reasoning": "let me see",
        "text": "one\ntwo",
        "tool_calls": [{"name": "look", "args": {"x": 1}, "id": "c1"}],
        "usage": {"input_uncached": 2, "output_text": 3, "total": 5},
    }
    completed = plain_host.create_session(engine=ScriptedEngine([script])).run("hi")
    result = completed.metadata.get(keys.INFERENCE_RESULT)

    assert [str(b.kind) for b in completed.blocks] == ["user", "reasoning", "llm_text", "tool_call"]
    assert completed.blocks[3].payload == {"id": "c1", "name": "look", "args": {"x": 1}}
    assert result is not None
    assert (result.finish_class, result.usage.total if result.usage else None) == ("tool_calls_pending", 5)


def test_a_script_is_configured_by_name(plain_host: Host) -> None:
    """The engine `scripted` takes its replies as settings."""
    session = plain_host.create_session(engine=plain_host.engine("scripted", replies=["a", {"text": "b"}]))

    assert [session.run("x").text, session.run("y").text] == ["a", "b"]
