"""Pending calls: those without a result of the same id."""

import pytest
from geppetto import Block, Turn, block
from geppetto.errors import InvalidOption
from geppetto.turns import (
    answer,
    approve,
    from_yaml,
    mark_waiting,
    pending_calls,
    repair,
    to_yaml,
    waiting_calls,
)


@pytest.mark.parity(124)
def test_calls_without_a_result_are_pending_in_turn_order() -> None:
    """A result anywhere in the turn answers its call; one id counts once."""
    seed = Turn(
        [
            block.tool_use("early", 1),
            block.tool_call("a", id="early"),
            block.tool_call("b", id="open"),
            block.tool_call("b", id="open"),
            block.tool_call("c", id="done"),
            block.tool_use("done", 1),
        ]
    )

    assert [call.id for call in pending_calls(seed)] == ["open"]


@pytest.mark.parametrize(
    ("args", "arguments", "problem"),
    [
        ({"a": 1}, {"a": 1}, ""),
        ('{"a": 1}', {"a": 1}, ""),
        ("", {}, ""),
        (None, {}, ""),
        ('{"a":', {}, "not JSON"),
        ("[1]", {}, "expected an object"),
        ([1], {}, "expected an object"),
    ],
)
def test_arguments_may_be_an_object_or_its_text_and_problems_are_kept(
    args: object, arguments: object, problem: str
) -> None:
    """What cannot be read is not replaced in silence: the call says why."""
    [call] = pending_calls(Turn([Block("tool_call", {"id": "c", "name": "x", "args": args})]))

    assert call.arguments == arguments
    assert problem in call.problem


@pytest.mark.parametrize("text", ['{"a": NaN}', '{"a": 1e999}', "[" * 50_000])
def test_arguments_that_only_python_would_read_are_a_problem(text: str) -> None:
    """What could not be written back is not taken for arguments."""
    [call] = pending_calls(Turn([Block("tool_call", {"id": "c", "name": "x", "args": text})]))

    assert call.arguments == {}
    assert "not JSON" in call.problem


def _asks(*ids: str) -> Turn:
    return Turn([block.tool_call("x", id=call_id) for call_id in ids])


def test_a_call_without_an_id_of_its_own_goes_by_its_blocks() -> None:
    """Waiting, approval and answers find it too; ids are compared as texts."""
    seed = Turn([Block("tool_call", {"name": "x"}, id="b"), Block("tool_call", {"id": 7, "name": "x"})])

    mark_waiting(seed, {"b": "ask"})

    assert [call.id for call in pending_calls(seed)] == ["b", "7"]
    assert [call.id for call in waiting_calls(seed)] == ["b"]
    assert waiting_calls(approve(seed, "b")) == []
    assert [call.id for call in pending_calls(answer(seed, "7", 1))] == ["b"]


def test_the_mark_of_waiting_survives_writing_and_is_taken_off_by_approval() -> None:
    """Approval gives a new turn and leaves the old one as it was."""
    seed = _asks("a", "b")
    mark_waiting(seed, {"a": "costs money"})

    stored = from_yaml(to_yaml(seed))
    approved = approve(stored, "a")

    assert [call.id for call in waiting_calls(stored)] == ["a"]
    assert waiting_calls(approved) == []
    assert [call.id for call in pending_calls(approved)] == ["a", "b"]


def test_repair_answers_what_was_lost_and_leaves_what_waits() -> None:
    """The given turn is not changed; the ids that were answered are told."""
    seed = _asks("a", "b", "c")
    mark_waiting(seed, {"b": "ask"})

    repaired, lost = repair(seed)

    assert lost == ["a", "c"]
    assert [call.id for call in pending_calls(repaired)] == ["b"]
    assert len(seed.blocks) == 3
    assert repair(repaired)[1] == []


def test_only_open_calls_can_be_answered_and_only_waiting_ones_approved() -> None:
    """Both name the id that they did not find."""
    seed = _asks("a")

    with pytest.raises(InvalidOption, match="no call 'z' is open"):
        answer(seed, "z")
    with pytest.raises(InvalidOption, match="no call 'a' waits"):
        approve(seed, "a")
