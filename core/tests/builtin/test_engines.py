"""The built-in engines, through the same hooks as a stranger's."""

import pytest
from geppetto import Host, RunContext, Turn, block, engines, turn, use_host
from geppetto.builtin.demo import expression_in
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


@pytest.mark.parametrize(
    ("prompt", "expression"),
    [
        ("What is 6 times 7?", "6 * 7"),
        ("12 divided by 4 please", "12 / 4"),
        ("compute (2 + 3) * 4", "(2 + 3) * 4"),
        ("2 to the power of 10", "2 ** 10"),
        ("3 x 4", "3 * 4"),
        ("In 2024 there were 3 cats", ""),
        ("hello", ""),
    ],
)
def test_the_demo_finds_the_expression_in_a_prompt(prompt: str, expression: str) -> None:
    """Words become signs; plain numbers are no arithmetic."""
    assert expression_in(prompt) == expression


def test_the_demo_calls_tools_and_is_honest_about_the_rest(plain_host: Host) -> None:
    """Arithmetic and the time go through tools; anything else is refused with what to install."""
    session = plain_host.create_session(engine="demo", tools=["calculator", "clock"])

    answers = [session.run(prompt) for prompt in ("What is 6 times 7?", "What time is it?", "Write a poem")]

    assert answers[0].text == "6 * 7 = 42"
    assert answers[1].text.startswith("It is 20")
    assert "no model behind me" in answers[2].text
    assert "pip install geppetto-provider-openai" in answers[2].text


def test_a_failing_tool_is_told_by_the_demo(plain_host: Host) -> None:
    """Division by zero is the tool's error, in words."""
    completed = plain_host.create_session(engine="demo", tools=["calculator"]).run("1 divided by 0")

    assert completed.text == "The tool failed: division by zero."


@pytest.mark.parity(8, 11, 330)
def test_engines_are_made_from_explicit_settings(plain_host: Host) -> None:
    """`from_config` names unknown settings and engines."""
    with use_host(plain_host):
        assert engines.from_config(engine="echo", reply="x") is not None
        with pytest.raises(ConfigError, match="did you mean reply"):
            engines.from_config(engine="echo", repply="x")
        assert "echo" in engines.names()


def test_a_turn_of_the_demo_reads_back(plain_host: Host) -> None:
    """The whole round trip survives storage."""
    from geppetto import turns

    completed = plain_host.create_session(engine="demo", tools=["calculator"]).run(
        turn().user("2 plus 2").build()
    )

    assert turns.from_yaml(turns.to_yaml(completed)) == completed
