"""Requests in canonical form: what two runs that ask the same have in common."""

from __future__ import annotations

import pytest
from geppetto.turns import Block, BlockKind, block
from geppetto.turns.canonical import canonical_blocks, digest


def _calls(*ids: str) -> list[Block]:
    kinds = [BlockKind.TOOL_CALL] * 2 + [BlockKind.TOOL_USE] * 2
    return [Block(kind, {"id": call}) for kind, call in zip(kinds, ids, strict=True)]


def test_ids_of_blocks_are_left_out() -> None:
    """Two blocks that say the same are the same."""
    assert canonical_blocks([block.user("hi")]) == canonical_blocks([block.user("hi")])
    assert canonical_blocks([block.user("hi")]) != canonical_blocks([block.user("ho")])


def test_ids_of_calls_are_numbered() -> None:
    """It is still told which result answers which call."""
    found = canonical_blocks(_calls("x", "y", "y", "x"))

    assert [each["payload"]["id"] for each in found] == ["call 1", "call 2", "call 2", "call 1"]
    assert found == canonical_blocks(_calls("1", "2", "2", "1"))


def test_metadata_stays_where_it_is_wanted() -> None:
    """Recordings leave it out."""
    marked = [Block(BlockKind.USER, {"text": "hi"}, id="1", metadata={"app.x@v1": 1})]

    assert canonical_blocks(marked) == [{"kind": "user", "payload": {"text": "hi"}}]
    assert canonical_blocks(marked, metadata=True)[0]["metadata"] == {"app.x@v1": 1}


def test_a_digest_does_not_depend_on_the_order_of_keys() -> None:
    """It is a SHA-256, also of text that is no UTF-8."""
    assert digest({"a": 1, "b": "\ud800"}) == digest({"b": "\ud800", "a": 1})
    assert digest([1]) != digest([1.0])
    assert len(digest(None)) == 64


@pytest.mark.parametrize("value", [object(), float("nan")])
def test_what_is_no_json_has_no_digest(value: object) -> None:
    """Two values that only look the same must not meet."""
    with pytest.raises((TypeError, ValueError)):
        digest({"a": value})
