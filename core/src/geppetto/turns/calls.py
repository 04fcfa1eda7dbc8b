"""Tool calls as they stand in a turn: which are pending, and what their arguments are."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.turns._generated import BlockKind

if TYPE_CHECKING:
    from geppetto.turns.model import Block, Turn

__all__ = ["ToolCall", "pending_calls"]


@dataclass(slots=True, frozen=True)
class ToolCall:
    """One call that the model asks for; `problem` says why `arguments` could not be read."""

    id: str
    name: str
    arguments: dict[str, Any]
    problem: str = ""


def read_call(block: Block) -> ToolCall:
    """Read a `tool_call` block; arguments may be an object or its JSON text."""
    call_id = str(block.payload.get("id") or block.id)
    name = str(block.payload.get("name") or "")
    raw = block.payload.get("args")
    problem = ""
    if isinstance(raw, str):
        try:
            raw = json.loads(raw) if raw.strip() else {}
        except ValueError as error:
            problem = f"the arguments are not JSON: {error}"
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        problem = problem or f"the arguments are {type(raw).__name__}, expected an object"
        raw = {}
    return ToolCall(call_id, name, raw, problem)


def pending_calls(turn: Turn) -> list[ToolCall]:
    """Return the calls that have no `tool_use` of the same id anywhere in the turn, in turn order, once per id."""
    blocks = turn.blocks
    answered = {b.payload.get("id") for b in blocks if b.kind is BlockKind.TOOL_USE}
    calls: dict[str, ToolCall] = {}
    for block in blocks:
        if block.kind is BlockKind.TOOL_CALL:
            call = read_call(block)
            if call.id and call.id not in answered:
                calls.setdefault(call.id, call)
    return list(calls.values())
