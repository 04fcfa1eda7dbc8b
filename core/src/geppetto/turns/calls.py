"""Tool calls as they stand in a turn: which are pending, and what their arguments are."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption
from geppetto.turns import json_text
from geppetto.turns._generated import BlockKeyId, BlockKind, PayloadKey
from geppetto.turns.approval import Approval, approval_of, approved, check_seen, denied, fingerprint_of
from geppetto.turns.model import new_id

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.turns.model import Block, Turn

__all__ = [
    "ToolCall",
    "answer",
    "approve",
    "call_ids",
    "deny",
    "mark_waiting",
    "own_ids",
    "pending_calls",
    "repair",
    "waiting_calls",
]


#: looked up once: every run goes through all blocks of its turn
_CALL, _USE = BlockKind.TOOL_CALL, BlockKind.TOOL_USE


@dataclass(slots=True, frozen=True)
class ToolCall:
    """One call that the model asks for; `problem` says why `arguments` could not be read.

    `approval` is there when a human has let it run, with these arguments.
    """

    id: str
    name: str
    arguments: dict[str, Any]
    problem: str = ""
    approval: Approval | None = None

    @property
    def fingerprint(self) -> str:
        """What stands for the call as it is now, to be shown with it and given back to `approve`."""
        return fingerprint_of(self.id, self.name, self.arguments)


def _call_id(block: Block) -> str:
    """Return the id of a call or of the call that is answered; a call without one goes by its block's id."""
    own = block.id if block.kind is _CALL else ""
    return str(block.payload.get(PayloadKey.ID) or own)


def read_call(block: Block) -> ToolCall:
    """Read a `tool_call` block; arguments may be an object or its JSON text."""
    call_id = _call_id(block)
    name = str(block.payload.get(PayloadKey.NAME) or "")
    raw = block.payload.get(PayloadKey.ARGS)
    problem = ""
    if isinstance(raw, str):
        try:
            raw = json_text.loads(raw) if raw.strip() else {}
        except ValueError as error:
            problem = f"the arguments are not JSON: {error}"
    if raw is None:
        raw = {}
    if not isinstance(raw, dict):
        problem = problem or f"the arguments are {type(raw).__name__}, expected an object"
        raw = {}
    call = ToolCall(call_id, name, raw, problem)
    if BlockKeyId.APPROVAL not in block.metadata:
        return call
    return replace(call, approval=approval_of(block.metadata, call.fingerprint))


def pending_calls(turn: Turn) -> list[ToolCall]:
    """Return the calls that have no `tool_use` of the same id anywhere in the turn, in turn order, once per id."""
    blocks = turn.blocks
    answered = {_call_id(b) for b in blocks if b.kind is _USE}
    calls: dict[str, ToolCall] = {}
    for block in blocks:
        if block.kind is _CALL:
            call = read_call(block)
            if call.id and call.id not in answered:
                calls.setdefault(call.id, call)
    return list(calls.values())


def call_ids(turn: Turn) -> list[str]:
    """Return the ids of a turn's calls, in turn order."""
    return [_call_id(block) for block in turn.blocks if block.kind is _CALL]


def own_ids(turn: Turn) -> Turn:
    """Return the turn with an id of its own for each open call that has the id of an earlier one.

    Some models and engines count from 0 in every reply: such a call would pass for answered and never run. A call that
    has an answer after it is left alone.
    """
    ids = call_ids(turn)
    if len(set(ids)) == len(ids):
        return turn
    changed = turn.clone()
    for index in _repeated(turn.blocks):
        block, call_id = turn.blocks[index], new_id()
        changed.blocks[index] = block.replace(id=call_id, payload={**block.payload, PayloadKey.ID: call_id})
    return changed


def _repeated(blocks: Sequence[Block]) -> list[int]:
    """Return where open calls stand that have the id of an earlier call."""
    seen: set[str] = set()
    found: dict[str, list[int]] = {}
    for index, block in enumerate(blocks):
        if block.kind is _CALL:
            call_id = _call_id(block)
            if call_id in seen:
                found.setdefault(call_id, []).append(index)
            seen.add(call_id)
        elif block.kind is _USE:
            found.pop(_call_id(block), None)
    return [index for places in found.values() for index in places]


def mark_waiting(turn: Turn, reasons: dict[str, str]) -> None:
    """Mark calls, by id, as waiting for a human; the mark is part of the turn and survives storage."""
    for index, block in enumerate(turn.blocks):
        if block.kind is _CALL and _call_id(block) in reasons:
            reason = reasons[_call_id(block)]
            turn.blocks[index] = block.replace(metadata={**block.metadata, BlockKeyId.WAITING: reason})


def waiting_calls(turn: Turn) -> list[ToolCall]:
    """Return the unanswered calls that wait for a human."""
    marked = {
        _call_id(block)
        for block in turn.blocks
        if block.kind is _CALL and BlockKeyId.WAITING in block.metadata
    }
    return [call for call in pending_calls(turn) if call.id in marked]


def approve(turn: Turn, call_id: str, *, fingerprint: str = "", by: str = "", reason: str = "") -> Turn:
    """Return the turn with a waiting call free to run: the next run begins with it.

    The approval is for the arguments that the call has now; with the `fingerprint` of the call that was shown, it is
    refused when they have changed since. Raises InvalidOption.
    """
    call = _waiting(turn, call_id)
    check_seen(call_id, fingerprint, call.fingerprint)
    return _recorded(turn, call_id, approved(call.fingerprint, by, reason))


def deny(turn: Turn, call_id: str, *, by: str = "", reason: str = "") -> Turn:
    """Return the turn with a waiting call answered: it was denied, by whom and why. Raises InvalidOption."""
    call = _waiting(turn, call_id)
    words = f"denied{f' by {by}' if by else ''}{f': {reason}' if reason else ''}"
    return answer(_recorded(turn, call_id, denied(call.fingerprint, by, reason)), call_id, error=words)


def _recorded(turn: Turn, call_id: str, record: dict[str, str]) -> Turn:
    changed = turn.clone()
    for index, block in enumerate(changed.blocks):
        if block.kind is _CALL and _call_id(block) == call_id:
            kept = {key: value for key, value in block.metadata.items() if key != BlockKeyId.WAITING}
            changed.blocks[index] = block.replace(metadata={**kept, BlockKeyId.APPROVAL: record})
    return changed


def answer(turn: Turn, call_id: str, result: Any = None, *, error: str = "") -> Turn:
    """Return the turn with an unanswered call answered from outside. Raises InvalidOption."""
    from geppetto.turns.blocks import tool_use

    if call_id not in {call.id for call in pending_calls(turn)}:
        raise InvalidOption(f"no call '{call_id}' is open in this turn", subject=call_id)
    return turn.clone().append(tool_use(call_id, result, error=error))


def _waiting(turn: Turn, call_id: str) -> ToolCall:
    found = next((call for call in waiting_calls(turn) if call.id == call_id), None)
    if found is None:
        raise InvalidOption(f"no call '{call_id}' waits for approval in this turn", subject=call_id)
    return found


def repair(turn: Turn) -> tuple[Turn, list[str]]:
    """Return the turn with every dangling call answered as lost, and the ids that were repaired.

    A call that waits for a human is left alone. For turns that were stored by a process that died.
    """
    waiting = {call.id for call in waiting_calls(turn)}
    lost = [call.id for call in pending_calls(turn) if call.id not in waiting]
    repaired = turn.clone()
    for call_id in lost:
        repaired = answer(repaired, call_id, error="the result of this call was lost")
    return repaired, lost
