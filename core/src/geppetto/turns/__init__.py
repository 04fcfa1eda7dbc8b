"""Turns and blocks: the conversation as data."""

from geppetto.turns import blocks as block
from geppetto.turns._generated import (
    BlockKeyId,
    BlockKind,
    DataKeyId,
    EventType,
    FinishClass,
    HookAction,
    Origin,
    Overflow,
    PayloadKey,
    Role,
    SnapshotPhase,
    StopReason,
    ToolChoice,
    ToolErrorHandling,
    TurnKeyId,
)
from geppetto.turns.approval import Approval
from geppetto.turns.builder import TurnBuilder, turn
from geppetto.turns.calls import (
    ToolCall,
    answer,
    approve,
    deny,
    mark_waiting,
    pending_calls,
    repair,
    waiting_calls,
)
from geppetto.turns.frozen import freeze, thaw
from geppetto.turns.model import Block, Turn, new_id
from geppetto.turns.opaque import Key, Opaque
from geppetto.turns.serde import from_json, from_yaml, to_json, to_yaml

__all__ = [
    "Approval",
    "Block",
    "BlockKeyId",
    "BlockKind",
    "DataKeyId",
    "EventType",
    "FinishClass",
    "HookAction",
    "Key",
    "Opaque",
    "Origin",
    "Overflow",
    "PayloadKey",
    "Role",
    "SnapshotPhase",
    "StopReason",
    "ToolCall",
    "ToolChoice",
    "ToolErrorHandling",
    "Turn",
    "TurnBuilder",
    "TurnKeyId",
    "answer",
    "approve",
    "block",
    "deny",
    "freeze",
    "from_json",
    "from_yaml",
    "mark_waiting",
    "new_id",
    "pending_calls",
    "repair",
    "thaw",
    "to_json",
    "to_yaml",
    "turn",
    "waiting_calls",
]
