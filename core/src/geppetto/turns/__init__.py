"""Turns and blocks: the conversation as data (architecture, "Contracts")."""

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
from geppetto.turns.builder import TurnBuilder, turn
from geppetto.turns.calls import ToolCall, pending_calls
from geppetto.turns.frozen import freeze, thaw
from geppetto.turns.model import Block, Turn, new_id
from geppetto.turns.opaque import Key, Opaque
from geppetto.turns.serde import from_json, from_yaml, to_json, to_yaml

__all__ = [
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
    "block",
    "freeze",
    "from_json",
    "from_yaml",
    "new_id",
    "pending_calls",
    "thaw",
    "to_json",
    "to_yaml",
    "turn",
]
