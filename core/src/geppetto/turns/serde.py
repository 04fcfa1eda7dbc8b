"""Turns as JSON and YAML, without loss: every list, empty or not, every opaque payload, every unknown key.

Writing never changes the turn. Reading checks shapes and says where one is wrong: a kind that is not known becomes
`other`, a field that a turn or block does not have is refused with the nearest name. Payloads, metadata and data may
hold any keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import DecodeError, EncodeError, nearest
from geppetto.turns import json_text
from geppetto.turns._generated import BlockKind, Role
from geppetto.turns.frozen import freeze, thaw
from geppetto.turns.model import Block, Turn

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = [
    "block_from_json",
    "block_to_json",
    "from_json",
    "from_yaml",
    "to_json",
    "to_yaml",
    "turn_from_json",
    "turn_to_json",
]

_BLOCK_FIELDS = ("id", "kind", "role", "payload", "metadata")
_TURN_FIELDS = ("id", "blocks", "metadata", "data")


def block_to_json(block: Block) -> dict[str, Any]:
    """Return a block as plain JSON: `kind` always, other fields when they say something."""
    value: dict[str, Any] = {"id": block.id} if block.id else {}
    value["kind"] = block.kind.value
    if block.role:
        value["role"] = block.role
    if block.payload:
        value["payload"] = thaw(block.payload)
    if block.metadata:
        value["metadata"] = thaw(block.metadata)
    return value


def turn_to_json(turn: Turn) -> dict[str, Any]:
    """Return a turn as plain JSON: `blocks` always, other fields when they say something."""
    value: dict[str, Any] = {"id": turn.id} if turn.id else {}
    value["blocks"] = [block_to_json(block) for block in turn.blocks]
    if len(turn.metadata):
        value["metadata"] = turn.metadata.to_json()
    if len(turn.data):
        value["data"] = turn.data.to_json()
    return value


def _object(value: Any, where: str) -> Mapping[str, Any]:
    if isinstance(value, dict):
        return value
    raise DecodeError(f"{where}: expected an object, got {type(value).__name__}", subject=where)


def _frozen(value: Any, where: str) -> Mapping[str, Any]:
    """Read a part that may be missing or null, which is an empty object."""
    try:
        found: Mapping[str, Any] = freeze({} if value is None else _object(value, where), where)
    except EncodeError as error:
        raise DecodeError(error.message, subject=error.subject) from error
    return found


def _text(value: Any, where: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise DecodeError(f"{where}: expected text, got {type(value).__name__}", subject=where)


def _no_other_fields(value: Mapping[str, Any], known: tuple[str, ...], where: str) -> None:
    for name in value:
        if name not in known:
            guess = nearest(str(name), known)
            hint = f"did you mean {guess}?" if guess else f"known fields: {', '.join(known)}"
            raise DecodeError(
                f"{where}: no field '{name}'; {hint}", subject=f"{where}/{name}", next_step=hint
            )


def block_from_json(value: Any, where: str = "block") -> Block:
    """Read one block; raise DecodeError naming the place of what is wrong."""
    fields = _object(value, where)
    _no_other_fields(fields, _BLOCK_FIELDS, where)
    kind_text = _text(fields.get("kind"), f"{where}/kind")
    block = Block(
        kind_text,
        _frozen(fields.get("payload"), f"{where}/payload"),
        id=_text(fields.get("id"), f"{where}/id"),
        role=_text(fields.get("role"), f"{where}/role"),
        metadata=_frozen(fields.get("metadata"), f"{where}/metadata"),
    )
    if block.kind is BlockKind.LLM_TEXT and not block.role.strip():
        return block.replace(role=Role.ASSISTANT.value)
    return block


def turn_from_json(value: Any, where: str = "turn") -> Turn:
    """Read a turn from plain JSON; raise DecodeError naming the place of what is wrong."""
    fields = _object(value, where)
    _no_other_fields(fields, _TURN_FIELDS, where)
    blocks = fields.get("blocks")
    blocks = [] if blocks is None else blocks
    if not isinstance(blocks, list):
        raise DecodeError(f"{where}/blocks: expected a list, got {type(blocks).__name__}", subject=where)
    return Turn(
        [block_from_json(block, f"{where}/blocks/{index}") for index, block in enumerate(blocks)],
        id=_text(fields.get("id"), f"{where}/id"),
        metadata=_frozen(fields.get("metadata"), f"{where}/metadata"),
        data=_frozen(fields.get("data"), f"{where}/data"),
    )


def to_json(turn: Turn) -> str:
    """Return a turn as JSON text that can be written as UTF-8."""
    return json_text.dumps(turn_to_json(turn))


def from_json(text: str | bytes) -> Turn:
    """Read a turn from JSON text; raise DecodeError with line and column when it is no JSON."""
    try:
        value = json_text.loads(text)
    except ValueError as error:
        raise DecodeError(f"the turn is not JSON: {error}", subject="turn") from error
    return turn_from_json(value)


def to_yaml(turn: Turn) -> str:
    """Return a turn as YAML text, in the order of the fields, texts with line breaks as blocks."""
    from geppetto.turns.yaml_text import dump

    return dump(turn_to_json(turn))


def from_yaml(text: str | bytes) -> Turn:
    """Read a turn from YAML text; raise DecodeError with line and column when it is no YAML."""
    from geppetto.turns.yaml_text import load

    return turn_from_json(load(text))
