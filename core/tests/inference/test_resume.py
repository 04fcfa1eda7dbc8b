"""Calls that wait for a human outlive the process; turns of a process that died are repaired."""

from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, ToolRegistry, Turn, turns
from geppetto.builtin.scripted import ScriptedEngine
from geppetto.cli.turnfile import save_turn
from geppetto.errors import InvalidOption, SessionError
from geppetto.events import Collector
from geppetto.tooling import ToolHooks, ToolOutcome
from geppetto.turns import Approval, ToolCall

CALL = {"tool_calls": [{"id": "c1", "name": "send", "args": {"to": "you"}}]}


def _registry(sent: list[Any]) -> ToolRegistry:
    registry = ToolRegistry()

    async def send(arguments: Any, context: Any) -> str:
        sent.append(arguments)
        return "sent"

    registry.define("send", send)
    return registry


def _ask(call: Any, context: Any) -> ToolOutcome:
    return ToolOutcome.pending(call.id, "needs a human")


async def _stopped(host: Host, file: Path) -> None:
    """Run until the call waits, and write the turn down, as a process does before it ends."""
    session = host.create_session(
        engine=ScriptedEngine([CALL]), tools=_registry([]), tool_hooks=ToolHooks(before_tool_call=_ask)
    )
    waiting = await session.run_async("send it")
    save_turn(waiting, file)


async def test_a_waiting_call_is_approved_in_the_next_process(plain_host: Host, tmp_path: Path) -> None:
    """After loading, approval lets the tool run before any request is made, and the conversation goes on."""
    await _stopped(plain_host, tmp_path / "turn.yaml")
    loaded = turns.from_yaml((tmp_path / "turn.yaml").read_text("utf-8"))
    sent: list[Any] = []
    session = plain_host.create_session(engine=ScriptedEngine(["It is sent."]), tools=_registry(sent))
    session.append(loaded)

    session.approve("c1")
    completed = await session.run_async()

    assert sent == [{"to": "you"}]
    assert completed.text == "It is sent."
    assert turns.pending_calls(completed) == []


async def test_who_approved_is_not_asked_again_by_the_hook_that_asked(plain_host: Host) -> None:
    """The same session goes on; the hook sees who it was, and asks about other calls as before."""
    seen: list[Approval | None] = []
    sent: list[Any] = []

    def ask(call: ToolCall, context: Any) -> ToolOutcome:
        seen.append(call.approval)
        return _ask(call, context)

    again = {"tool_calls": [{"id": "c2", "name": "send", "args": {"to": "me"}}]}
    session = plain_host.create_session(
        engine=ScriptedEngine([CALL, again]),
        tools=_registry(sent),
        tool_hooks=ToolHooks(before_tool_call=ask),
    )
    await session.run_async("send it")
    [waiting] = session.waiting

    session.approve("c1", fingerprint=waiting.fingerprint, by="Ada", reason="she knows him")
    await session.run_async()

    assert sent == [{"to": "you"}]
    assert seen == [None, Approval("Ada", "she knows him"), None]
    assert [call.id for call in session.waiting] == ["c2"]


async def test_an_approval_is_for_the_arguments_that_were_seen(plain_host: Host) -> None:
    """Whoever changes them afterwards has the call asked about again, and it does not run."""
    sent: list[Any] = []
    session = plain_host.create_session(
        engine=ScriptedEngine([CALL, "done"]),
        tools=_registry(sent),
        tool_hooks=ToolHooks(before_tool_call=_ask),
    )
    waiting = await session.run_async("send it")
    approved = turns.approve(waiting, "c1", by="Ada")
    index = next(i for i, block in enumerate(approved.blocks) if block.kind == "tool_call")
    block = approved.blocks[index]
    approved.blocks[index] = block.replace(payload={**block.payload, "args": {"to": "mallory"}})
    session.append(approved)

    await session.run_async()

    assert sent == []
    assert [call.arguments for call in session.waiting] == [{"to": "mallory"}]


async def test_what_changed_since_it_was_shown_cannot_be_approved(plain_host: Host, tmp_path: Path) -> None:
    """The fingerprint of the call that somebody saw is not that of the call that waits."""
    await _stopped(plain_host, tmp_path / "turn.yaml")
    text = (tmp_path / "turn.yaml").read_text("utf-8")
    [shown] = turns.waiting_calls(turns.from_yaml(text))
    changed = turns.from_yaml(text.replace("to: you", "to: mallory"))

    with pytest.raises(InvalidOption, match="not the one that was shown") as caught:
        turns.approve(changed, "c1", fingerprint=shown.fingerprint)

    assert caught.value.code == "CALL_CHANGED"


async def test_a_denied_call_says_who_and_why(plain_host: Host, tmp_path: Path) -> None:
    """The model reads it as the call's error; the record stays on the block when it is stored."""
    await _stopped(plain_host, tmp_path / "turn.yaml")
    sent: list[Any] = []
    session = plain_host.create_session(engine=ScriptedEngine(["A pity."]), tools=_registry(sent))
    session.append(turns.from_yaml((tmp_path / "turn.yaml").read_text("utf-8")))

    session.deny("c1", by="Ada", reason="wrong address")
    completed = await session.run_async()

    assert (sent, session.waiting) == ([], [])
    stored = turns.from_yaml(turns.to_yaml(completed))
    assert stored.of_kind("tool_use")[0].payload["error"] == "denied by Ada: wrong address"
    assert stored.of_kind("tool_call")[0].metadata["geppetto.approval@v1"]["state"] == "denied"


async def test_a_waiting_call_is_answered_from_outside(plain_host: Host, tmp_path: Path) -> None:
    """An answer, or a denial as an error, stands for the call; the tool does not run."""
    await _stopped(plain_host, tmp_path / "turn.yaml")
    sent: list[Any] = []
    session = plain_host.create_session(engine=ScriptedEngine(["A pity."]), tools=_registry(sent))
    session.append(turns.from_yaml((tmp_path / "turn.yaml").read_text("utf-8")))

    session.answer("c1", error="denied by Ada")
    completed = await session.run_async()

    assert sent == []
    assert completed.of_kind("tool_use")[0].payload["error"] == "denied by Ada"


async def test_a_run_on_a_waiting_call_is_refused(plain_host: Host, tmp_path: Path) -> None:
    """Nothing goes to a provider while a call waits: the error names it and what to do."""
    await _stopped(plain_host, tmp_path / "turn.yaml")
    session = plain_host.create_session(engine="echo", tools=_registry([]))
    session.append(turns.from_yaml((tmp_path / "turn.yaml").read_text("utf-8")))

    with pytest.raises(SessionError, match=r"'send' \(c1\) waits for approval") as caught:
        await session.run_async("and?")

    assert caught.value.code == "CALLS_WAITING"
    assert len(session.history) == 1


async def test_repair_answers_lost_calls_and_leaves_waiting_ones_alone(
    plain_host: Host, tmp_path: Path
) -> None:
    """A dangling call gets an error as its answer; a waiting one stays open."""
    await _stopped(plain_host, tmp_path / "turn.yaml")
    loaded = turns.from_yaml((tmp_path / "turn.yaml").read_text("utf-8"))
    loaded.append(turns.block.tool_call("search", id="lost"))

    repaired, lost = turns.repair(loaded)

    assert lost == ["lost"]
    assert [call.id for call in turns.pending_calls(repaired)] == ["c1"]
    assert repaired.of_kind("tool_use")[-1].payload["error"] == "the result of this call was lost"


def test_what_does_not_wait_cannot_be_approved_or_answered() -> None:
    """Unknown ids are refused by name."""
    turn = turns.turn().user("hi").build()

    for decide in (turns.approve, turns.deny):
        with pytest.raises(InvalidOption, match="no call 'x' waits"):
            decide(turn, "x")
    with pytest.raises(InvalidOption, match="no call 'x' is open"):
        turns.answer(turn, "x")


@pytest.mark.parity(19, 291)
async def test_persisters_get_the_completed_turn_and_their_failure_is_visible(plain_host: Host) -> None:
    """A persister stores what the caller gets; one that fails is an event and a line of the result."""
    stored: list[Turn] = []
    seen = Collector()

    def broken(turn: Turn) -> None:
        raise OSError("disk full")

    session = plain_host.create_session(
        engine="echo", persisters=(stored.append, broken), sinks=(seen,), session_id="s"
    )

    completed = await session.run_async("hi")

    assert completed.text == "hi"
    assert stored[0].blocks == completed.blocks
    assert stored[0].metadata.raw("geppetto.session_id@v1") == "s"
    assert seen.of_type("error")[0].to_json()["error"]["code"] == "PERSIST_FAILED"
    assert seen.events[-1].to_json()["result"]["persist_errors"] == ["persister broken: disk full"]


async def test_a_run_that_fails_is_not_persisted(plain_host: Host) -> None:
    """Persisters see completed turns only."""
    stored: list[Turn] = []
    session = plain_host.create_session(
        engine=ScriptedEngine([{"text": "half", "error": "cut"}]), persisters=(stored.append,)
    )

    with pytest.raises(Exception, match="cut"):
        await session.run_async("hi")

    assert stored == []
