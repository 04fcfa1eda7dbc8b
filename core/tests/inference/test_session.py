"""Sessions: one active run, a history of copies, prompts that go on from the latest turn."""

import asyncio
import gc
import time
import tracemalloc
from typing import Any

import pytest
from geppetto import Host, RunContext, Session, Turn, block, turn
from geppetto.builtin.echo import EchoEngine
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.engine.keys import INFERENCE_ID, INFERENCE_RESULT, SESSION_ID, STOP_REASON
from geppetto.errors import EngineError, GeppettoError, InvalidOption, SessionError

SLOW = {"text": "one two three four", "delay": 0.05}


@pytest.mark.parity(1, 6, 15, 33, 43, 141, 227)
def test_a_session_runs_a_prompt_and_returns_the_completed_turn(plain_host: Host) -> None:
    """`run` blocks in plain code and gives the turn with the reply at its end."""
    session = plain_host.create_session(engine="echo")

    completed = session.run("hello")

    assert completed.text == "hello"
    assert not session.is_running


@pytest.mark.parity(15, 142, 186)
async def test_run_async_gives_the_same_in_async_code(plain_host: Host) -> None:
    """`run_async` completes the turn on the running loop."""
    session = plain_host.create_session(engine="echo")

    completed = await session.run_async("hello")

    assert completed.text == "hello"


async def test_run_is_refused_inside_an_event_loop(plain_host: Host) -> None:
    """`run` would block the loop: the error says what to write instead."""
    session = plain_host.create_session(engine="echo")

    with pytest.raises(SessionError, match=r"await session.run_async\(...\)"):
        session.run("hello")


@pytest.mark.parity(115, 16, 102)
def test_each_prompt_goes_on_from_the_latest_turn_under_a_new_id(plain_host: Host) -> None:
    """Two prompts make two turns; the second holds all blocks of the first."""
    session = plain_host.create_session(engine="echo")

    first = session.run("one")
    second = session.run("two")

    assert first.id != second.id
    assert second.blocks[: len(first.blocks)] == first.blocks
    assert [len(t.blocks) for t in session.history] == [2, 4]


@pytest.mark.parity(16, 102)
def test_the_history_cannot_be_edited_from_outside(plain_host: Host) -> None:
    """Turns that are handed out are copies: editing them changes neither history nor latest."""
    session = plain_host.create_session(engine="echo")
    completed = session.run("one")

    completed.append(block.user("forged"))
    assert session.latest is not None
    session.latest.blocks.clear()
    session.history[0].blocks.clear()

    assert len(session.latest.blocks) == 2
    assert len(session.history[0].blocks) == 2


@pytest.mark.parity(16, 115)
def test_the_history_can_be_read_and_not_written(plain_host: Host) -> None:
    """Turns come in by `append` and by runs alone."""
    session = plain_host.create_session(engine="echo")
    completed = session.run("one")

    assert session.history == [completed]
    assert session.history == session.history
    for name in ("append", "drop_last", "replace_last", "clear"):
        assert not hasattr(session.history, name)


@pytest.mark.parity(113)
def test_session_and_inference_ids_stand_on_the_turn(plain_host: Host) -> None:
    """The completed turn names the session and the run that completed it."""
    session = plain_host.create_session(engine="echo", session_id="mine")

    completed = session.run("hi")

    assert completed.metadata.get(SESSION_ID) == "mine"
    assert completed.metadata.get(INFERENCE_ID)


def test_what_one_run_left_on_the_turn_does_not_reach_the_next(plain_host: Host) -> None:
    """Stop reason and result of the first run are not there while the second goes on."""
    seen: list[bool] = []

    async def look(ctx: RunContext, given: Turn, call_next: Any) -> Turn:
        seen.append(STOP_REASON in given.metadata or INFERENCE_RESULT in given.metadata)
        reply: Turn = await call_next(ctx, given)
        return reply

    session = plain_host.create_session(engine="echo", middlewares=[look])
    session.run("one")
    session.run("two")

    assert seen == [False, False]


@pytest.mark.parity(110, 188, 289)
async def test_a_second_run_while_one_is_active_is_refused_and_changes_nothing(plain_host: Host) -> None:
    """The error is the one scripts match, and the refused prompt is not in the history."""
    session = plain_host.create_session(engine=ScriptedEngine([SLOW]))
    handle = session.start("first")

    with pytest.raises(SessionError, match="session already has an active inference") as caught:
        session.start("second")
    with pytest.raises(SessionError, match="already has an active inference"):
        session.append(turn().user("third").build())

    assert caught.value.code == "SESSION_ACTIVE"
    assert len(session.history) == 1
    handle.cancel()
    await handle.ended()


@pytest.mark.parity(116)
def test_a_run_on_nothing_is_refused(plain_host: Host) -> None:
    """An empty session has no seed turn to run on."""
    session = plain_host.create_session(engine="echo")

    with pytest.raises(SessionError, match=r"session has no seed turn \(or seed turn is empty\)"):
        session.run()

    assert len(session.history) == 0


@pytest.mark.parametrize("given", [3, b"hi", ["look"], {"a": 1}, block.user("hi")])
def test_what_is_neither_a_text_nor_a_turn_is_refused_and_changes_nothing(
    plain_host: Host, given: Any
) -> None:
    """A provider would be sent an empty message, so the error says what a run takes."""
    session = plain_host.create_session(engine="echo")

    with pytest.raises(InvalidOption, match="expected a text, a Turn or nothing, got") as caught:
        session.run(given)
    with pytest.raises(InvalidOption, match="expected a Turn, got"):
        session.append(given)

    assert (caught.value.code, caught.value.subject) == ("INVALID_OPTION", "given")
    assert len(session.history) == 0
    assert not session.is_running


@pytest.mark.parity(140)
def test_the_latest_turn_of_an_empty_session_is_none(plain_host: Host) -> None:
    """An empty session says so instead of making up a turn."""
    assert plain_host.create_session(engine="echo").latest is None


@pytest.mark.parity(112, 139)
def test_an_appended_turn_is_what_the_next_run_works_on(plain_host: Host) -> None:
    """`append`, then `run()` without a prompt completes the appended turn in its place."""
    session = plain_host.create_session(engine="echo")
    session.append(turn().id("t1").user("hi").build())

    completed = session.run()

    assert completed.id == "t1"
    assert len(session.history) == 1


@pytest.mark.parity(114)
def test_another_turn_that_an_engine_returns_takes_the_place_of_the_latest(plain_host: Host) -> None:
    """A reply with an id of its own is kept under the id of the turn that was run."""

    async def other(ctx: RunContext, given: Turn) -> Turn:
        return Turn([*given.blocks, block.assistant("new")], id="stranger")

    from geppetto.builtin.function import FunctionEngine

    session = plain_host.create_session(engine=FunctionEngine(other, plain_host.threads))
    session.append(turn().id("mine").user("hi").build())

    completed = session.run()

    assert completed.id == "mine"
    assert session.latest is not None
    assert session.latest.id == "mine"
    assert session.latest.text == "new"


@pytest.mark.parity(143)
async def test_cancel_stops_the_active_run_and_is_silent_without_one(plain_host: Host) -> None:
    """`cancel` answers whether there was something to cancel; `cancel_active` raises when there was not."""
    session = plain_host.create_session(engine=ScriptedEngine([SLOW]))

    assert not session.cancel()
    with pytest.raises(SessionError, match="session has no active inference"):
        session.cancel_active()
    handle = session.start("go")
    assert session.is_running
    session.cancel_active()
    await handle.ended()

    assert not session.is_running


@pytest.mark.parity(117, 143)
async def test_cancelling_the_active_run_again_is_no_error(plain_host: Host) -> None:
    """As long as it is running, however often; afterwards there is nothing to cancel."""
    session = plain_host.create_session(engine=ScriptedEngine([SLOW]))
    handle = session.start("go")

    session.cancel_active()
    assert session.is_running
    session.cancel_active()
    await handle.ended()

    with pytest.raises(SessionError, match="session has no active inference"):
        session.cancel_active()


def test_a_bad_option_of_a_run_is_refused_before_anything_happens(plain_host: Host) -> None:
    """A negative timeout leaves the session as it was."""
    session = plain_host.create_session(engine="echo")

    with pytest.raises(InvalidOption, match="timeoutMs"):
        session.run("hi", timeout=-1)

    assert len(session.history) == 0
    assert session.run("hi").text == "hi"


def test_a_turn_whose_configuration_cannot_be_read_is_refused_before_the_run(plain_host: Host) -> None:
    """A bad inference config on the turn raises from start and leaves the session idle and unchanged."""
    session = plain_host.create_session(engine="echo")
    seed = turn().user("hi").data("geppetto.inference_config@v1", {"temprature": 1}).build()

    with pytest.raises(GeppettoError, match="did you mean temperature"):
        session.run(seed)

    assert len(session.history) == 0
    assert not session.is_running


@pytest.mark.parity(5)
def test_one_turn_runs_without_a_session_of_ones_own(plain_host: Host) -> None:
    """`run_inference(engine, turn)` completes a single turn."""
    import geppetto

    with geppetto.use_host(plain_host):
        completed = geppetto.run_inference(EchoEngine("yes"), turn().user("no?").build())

    assert completed.text == "yes"


@pytest.mark.parity(147, 290, 376)
def test_tags_and_ids_reach_the_middleware(plain_host: Host) -> None:
    """A middleware sees session id, inference id, tags, the time left and its own name."""
    seen: list[Any] = []

    class Look:
        name = "look"

        async def call(self, ctx: RunContext, given: Turn, call_next: Any) -> Turn:
            seen.append(
                (ctx.session_id, bool(ctx.inference_id), ctx.tags, ctx.remaining(), ctx.middleware_name)
            )
            reply: Turn = await call_next(ctx, given)
            return reply

    session = plain_host.create_session(engine="echo", middlewares=[Look()], session_id="s", tags={"a": 1})
    session.run("hi", timeout=60, tags={"b": 2})

    [(session_id, has_run_id, tags, remaining, name)] = seen
    assert (session_id, has_run_id, tags, name) == ("s", True, {"a": 1, "b": 2}, "look")
    assert 50 < remaining <= 60


def test_an_engine_error_leaves_the_session_ready_for_the_next_run(plain_host: Host) -> None:
    """After a failure the next prompt works."""
    session = plain_host.create_session(engine=ScriptedEngine([{"error": "down"}, "up again"]))
    with pytest.raises(EngineError):
        session.run("one")

    assert session.run("two").text == "up again"


async def test_a_listener_of_the_first_event_may_ask_the_session(plain_host: Host) -> None:
    """What cannot be while a run is under way is refused, also as the run begins."""
    refused: list[str] = []

    def append(_event: object) -> None:
        try:
            session.append(Turn([block.user("me too")]))
        except SessionError as error:
            refused.append(error.code)

    session = plain_host.create_session(engine="echo")

    completed = await session.run_async("hello", on={"run-started": append})

    assert refused == ["SESSION_ACTIVE"]
    assert completed.text == "hello"


async def test_a_run_whose_starter_fails_is_cancelled(plain_host: Host) -> None:
    """The error is the caller's own, and the session is free again."""

    def fails(_handle: object) -> None:
        raise LookupError("where to?")

    session = plain_host.create_session(engine=ScriptedEngine(["fine"]))

    with pytest.raises(LookupError, match="where to"):
        await session.run_async("hello", on_start=fails)

    assert not session.is_running
    assert (await session.run_async("again")).text == "fine"


def _cost(host: Host, prompts: int) -> tuple[float, int]:
    """Run prompts in one session; return the CPU seconds, the least of three, and the bytes that are kept."""

    async def talk(session: Session) -> float:
        began = time.process_time()
        for number in range(prompts):
            await session.run_async(f"prompt {number}")
        return time.process_time() - began

    first, *others = [host.create_session(engine=EchoEngine("reply")) for _ in range(4)]
    gc.collect()
    tracemalloc.start()
    asyncio.run(talk(first))
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return min(asyncio.run(talk(session)) for session in others), kept


def test_a_thousand_prompts_cost_no_more_than_in_proportion(plain_host: Host) -> None:
    """Time and memory of 1,000 prompts stay near four times those of 250."""
    _cost(plain_host, 50)
    short_time, short_kept = _cost(plain_host, 250)

    long_time, long_kept = _cost(plain_host, 1000)

    assert long_kept / short_kept < 5, (short_kept, long_kept)
    assert long_time / short_time < 8, (short_time, long_time)
