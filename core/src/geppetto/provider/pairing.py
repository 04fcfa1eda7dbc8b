"""Calls and their answers: what every request must hold in pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.errors import EncodeError
from geppetto.turns import BlockKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.turns import Block

__all__ = ["call_id", "paired"]


def call_id(block: Block) -> str:
    """Return the id that a call and its answer share."""
    return str(block.payload.get("id") or block.id)


def paired(blocks: Sequence[Block]) -> dict[str, list[Block]]:
    """Return the answers by call id; raise EncodeError for a call without an answer or an answer without a call."""
    answers: dict[str, list[Block]] = {}
    for block in blocks:
        if block.kind is BlockKind.TOOL_USE:
            answers.setdefault(call_id(block), []).append(block)
    calls = [call_id(block) for block in blocks if block.kind is BlockKind.TOOL_CALL]
    open_calls = [call for call in calls if call not in answers]
    if open_calls:
        raise _mismatch("TOOL_CALL_UNANSWERED", "tool calls without a result", open_calls)
    orphans = [call for call in answers if call not in calls]
    if orphans:
        raise _mismatch("TOOL_RESULT_ORPHAN", "tool results without a call", orphans)
    return answers


def _mismatch(code: str, what: str, ids: list[str]) -> EncodeError:
    return EncodeError(
        f"the turn has {what}: {', '.join(ids)}",
        code=code,
        subject=ids[0],
        next_step="append one tool_use block for each tool_call before the next request",
        details={"call_ids": ids},
    )
