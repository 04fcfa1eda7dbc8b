"""`geppetto.consts`: the words that turns, events and configuration share, as enums and constants."""

from geppetto.turns import (
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

__all__ = [
    "BlockKeyId",
    "BlockKind",
    "DataKeyId",
    "EventType",
    "FinishClass",
    "HookAction",
    "Origin",
    "Overflow",
    "PayloadKey",
    "Role",
    "SnapshotPhase",
    "StopReason",
    "ToolChoice",
    "ToolErrorHandling",
    "TurnKeyId",
]
