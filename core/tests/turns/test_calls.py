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
from geppetto.turns.calls import call_ids, own_ids


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


@pytest.mark.parity(124)
def test_an_open_call_with_the_id_of_an_earlier_one_gets_its_own() -> None:
    """Its block and its payload agree, and it is pending; the first call keeps its id."""
    first, second = block.tool_call("a", {"n": 1}, id="c"), block.tool_call("a", {"n": 2}, id="c")
    given = Turn([first, block.tool_use("c", 1), second, second])

    made = own_ids(given)

    ids = call_ids(made)
    assert ids[0] == "c"
    assert len(set(ids)) == 3
    assert made.blocks[0] is first
    assert [b.payload["id"] for b in made.blocks[2:]] == [b.id for b in made.blocks[2:]] == ids[1:]
    assert [call.arguments for call in pending_calls(made)] == [{"n": 2}, {"n": 2}]
    assert call_ids(given) == ["c", "c", "c"]


def test_calls_that_are_answered_keep_their_ids() -> None:
    """A stored conversation in which ids come again stays as it is."""
    call, use = block.tool_call("a", id="c"), block.tool_use("c", 1)
    repeated, plain = Turn([call, use, call, use]), Turn([call, block.tool_call("a", id="d")])

    assert own_ids(repeated) == repeated
    assert own_ids(plain) is plain
