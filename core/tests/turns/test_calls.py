"""Pending calls: those without a result of the same id."""

import pytest
from geppetto import Block, Turn, block
from geppetto.turns import pending_calls


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
