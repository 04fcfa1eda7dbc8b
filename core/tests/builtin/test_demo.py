"""The demo engine: no model, and honest about it."""

import pytest
from geppetto import Host, block, turn
from geppetto.builtin.demo import expression_in
from geppetto.events import Collector, TextDelta
from hypothesis import given
from hypothesis import strategies as st


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


@given(prompt=st.text("0123456789+-*/(). xtimes", max_size=300))
def test_no_prompt_confuses_it(prompt: str) -> None:
    """What it finds has a sign and at least one digit."""
    found = expression_in(prompt)

    assert not found or any(sign in found for sign in "+-*/%^")


def test_a_very_long_prompt_costs_no_time() -> None:
    """The search is bounded: a hundred thousand brackets are no denial of service."""
    assert expression_in("(" * 100_000 + "1") == ""


def test_it_streams_and_really_calls_the_tool(plain_host: Host) -> None:
    """The answer comes word by word, after a tool call with its result stands in the turn."""
    seen = Collector()
    session = plain_host.create_session(engine="demo", tools=["calculator", "clock"], sinks=(seen,))

    completed = session.run("What is 6 times 7?")

    assert [str(b.kind) for b in completed.blocks] == ["user", "tool_call", "tool_use", "llm_text"]
    assert completed.blocks[2].payload["result"] == 42
    assert completed.text == "6 * 7 = 42"
    assert len([e for e in seen.events if isinstance(e, TextDelta)]) > 1


def test_it_asks_the_clock_of_a_zone(plain_host: Host) -> None:
    """The zone of the prompt is the tool's argument."""
    session = plain_host.create_session(engine="demo", tools=["clock"])

    completed = session.run("What time is it in Asia/Tokyo?")

    assert completed.of_kind("tool_call")[0].payload["args"] == {"timezone": "Asia/Tokyo"}
    assert completed.text.endswith("+09:00.")


def test_without_the_tool_it_says_what_is_missing(plain_host: Host) -> None:
    """It never computes by itself."""
    completed = plain_host.create_session(engine="demo").run("1 + 1?")

    assert (
        completed.text
        == "I would call the tool 'calculator' for that, but it was not offered: add `--tool calculator`."
    )


def test_anything_else_is_refused_with_what_to_install(plain_host: Host) -> None:
    """No pretending."""
    completed = plain_host.create_session(engine="demo", tools=["calculator"]).run("Write a poem")

    assert "no model behind me" in completed.text
    assert "pip install geppetto-provider-openai" in completed.text
    assert completed.of_kind("tool_call") == []


def test_a_failing_tool_is_told(plain_host: Host) -> None:
    """Division by zero is the tool's error, in words."""
    completed = plain_host.create_session(engine="demo", tools=["calculator"]).run("1 divided by 0")

    assert completed.text == "The tool failed: division by zero."


@pytest.mark.parametrize("args", [{}, "not json", {"expression": "1+1"}])
def test_a_turn_of_another_engine_is_answered_too(args: object, plain_host: Host) -> None:
    """Calls that it did not make itself may look otherwise."""
    seed = turn().user("hi").block(block.tool_call("calculator", args, id="c1")).tool_use("c1", 2).build()

    completed = plain_host.create_session(engine="demo").run(seed)

    assert completed.text == ("1+1 = 2" if isinstance(args, dict) and args else "It is 2.")


def test_a_turn_of_the_demo_reads_back(plain_host: Host) -> None:
    """The whole round trip survives storage."""
    from geppetto import turns

    completed = plain_host.create_session(engine="demo", tools=["calculator"]).run("2 plus 2")

    assert turns.from_yaml(turns.to_yaml(completed)) == completed
