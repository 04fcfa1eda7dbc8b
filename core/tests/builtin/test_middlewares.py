"""The built-in middlewares."""

import logging
from typing import Any

import pytest
from geppetto import Block, Host, RunContext, Turn, block, middlewares, turn, use_host
from geppetto.builtin.middlewares import reordered
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.errors import ConfigError, EngineError
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parity(35, 89)
def test_the_system_prompt_stands_once_at_the_front(plain_host: Host) -> None:
    """It is put in when missing, replaced when another stands there, and left when it is the same."""
    use = ("systemPrompt", {"prompt": "be kind"})
    session = plain_host.create_session(engine="echo", middlewares=[use])

    session.run("one")
    completed = session.run("two")
    replaced = plain_host.create_session(engine="echo", middlewares=[use]).run(
        turn().system("be rude").user("x").build()
    )

    assert [b.text for b in completed.of_kind("system")] == ["be kind"]
    assert completed.blocks[0].metadata == {"geppetto.middleware@v1": "systemPrompt"}
    assert [b.text for b in replaced.of_kind("system")] == ["be kind"]


def test_an_empty_system_prompt_changes_nothing(plain_host: Host) -> None:
    """No text, no block."""
    completed = plain_host.create_session(engine="echo", middlewares=[("systemPrompt", {"prompt": ""})]).run(
        "x"
    )

    assert completed.of_kind("system") == []


@pytest.mark.parity(37, 89)
def test_logging_says_what_came_and_what_failed(plain_host: Host, caplog: pytest.LogCaptureFixture) -> None:
    """Start and end are logged with ids and counts, a failure with its error."""
    caplog.set_level(logging.INFO)
    engine = ScriptedEngine(["fine", {"error": "down"}])
    session = plain_host.create_session(engine=engine, middlewares=["logging"], session_id="s-1")

    session.run("a")
    with pytest.raises(EngineError):
        session.run("b")

    assert "inference started: 1 blocks" in caplog.text
    assert "{'llm_text': 1}" in caplog.text
    assert "s-1" in caplog.text
    assert "down" in caplog.text


def _ids(blocks: list[Block]) -> list[str]:
    return [f"{b.kind.value}:{b.payload.get('id', b.text)}" for b in blocks]


@pytest.mark.parity(36, 175)
def test_results_are_moved_behind_the_calls_they_answer() -> None:
    """Each run of calls gets its results directly behind it, in call order; the rest keeps its order."""
    blocks = [
        block.user("u"),
        block.tool_call("x", id="a"),
        block.tool_call("x", id="b"),
        block.assistant("t"),
        block.tool_use("b", 2),
        block.tool_call("x", id="c"),
        block.tool_use("a", 1),
        block.tool_use("stray", 0),
        block.tool_use("c", 3),
    ]

    assert _ids(reordered(blocks)) == [
        "user:u",
        "tool_call:a",
        "tool_call:b",
        "tool_use:a",
        "tool_use:b",
        "llm_text:t",
        "tool_call:c",
        "tool_use:c",
        "tool_use:stray",
    ]


_BLOCKS = st.lists(
    st.one_of(
        st.sampled_from(["a", "b", "c", ""]).map(lambda i: block.tool_call("x", id=i)),
        st.sampled_from(["a", "b", "c", "z"]).map(lambda i: block.tool_use(i, 1)),
        st.sampled_from(["t", "u"]).map(block.assistant),
    ),
    max_size=12,
)


@given(blocks=_BLOCKS)
def test_reordering_loses_nothing_and_settles_at_once(blocks: list[Block]) -> None:
    """The same blocks, calls and texts in their order; doing it again changes nothing."""
    done = reordered(blocks)

    assert sorted(map(id, done)) == sorted(map(id, blocks))
    assert [b for b in done if b.kind != "tool_use"] == [b for b in blocks if b.kind != "tool_use"]
    assert reordered(done) == done


def test_a_turn_in_order_stays_the_same_object(plain_host: Host) -> None:
    """Nothing to move, nothing is copied."""
    seen: list[Turn] = []

    async def look(ctx: RunContext, given: Turn, call_next: Any) -> Turn:
        seen.append(given)
        reply: Turn = await call_next(ctx, given)
        return reply

    session = plain_host.create_session(engine="echo", middlewares=[look, "reorder-tool-results", look])
    session.run("x")

    assert seen[0] is seen[1]


@pytest.mark.parity(35, 36, 37, 38, 226)
def test_the_face_makes_each_by_name(plain_host: Host) -> None:
    """Constructors exist for the three; an unknown setting is refused with the nearest."""
    with use_host(plain_host):
        uses = [
            middlewares.system_prompt("x"),
            middlewares.logging(level="debug"),
            middlewares.reorder_tool_results(),
        ]
        with pytest.raises(ConfigError, match="did you mean level"):
            middlewares.logging(levle="debug")
        assert middlewares.names() == ["logging", "reorderToolResults", "systemPrompt", "turnLogging"]

    assert [use.name for use in uses] == ["systemPrompt", "logging", "reorderToolResults"]


@pytest.mark.parity(35, 36, 37)
@pytest.mark.parametrize("name", ["systemPrompt", "reorderToolResults", "turnLogging"])
def test_the_names_of_the_go_library_need_no_config(plain_host: Host, name: str) -> None:
    """As lists of names in older specs have them; a system prompt without a text changes nothing."""
    turn = plain_host.create_session(engine="echo", middlewares=[name]).run("x")

    assert [block.kind for block in turn.blocks] == ["user", "llm_text"]


def test_turn_logging_logs_as_logging_does(plain_host: Host, caplog: pytest.LogCaptureFixture) -> None:
    """It is the same middleware by another name, with the same config."""
    with caplog.at_level("INFO", "mine"):
        use = plain_host.middleware("turn_logging", {"logger": "mine"})
        plain_host.create_session(engine="echo", middlewares=[use]).run("x")

    told = [record.getMessage() for record in caplog.records if record.name == "mine"]
    assert told[0].startswith("inference started")
