"""Turns over the border: what a script has as a plain object, and what the host has as a Turn (003 §10, §45.2, §53).

Keys of metadata and data have short names in JavaScript where they are ours. A field that nobody here knows is kept and
comes back, so that a script of a newer version loses nothing.
"""

from __future__ import annotations

from typing import Any, Final

from geppetto.errors import DecodeError, EncodeError
from geppetto.turns import Block, BlockKeyId, BlockKind, DataKeyId, Role, Turn, TurnKeyId, thaw

from geppetto_js.api.unfit import in_words_of_scripts
from geppetto_js.api.words import kind_of

__all__ = ["KEY_NAMES", "decode_block", "decode_turn", "encode_turn", "key_id"]

_PREFIX, _SUFFIX = "geppetto.", "@v1"
#: where fields stand that a turn or block does not have
_REST: Final = "geppetto.js_rest@v1"
#: fields of a block's payload that scripts may write on the block itself
_LIFTED = ("text", "args", "result", "name", "error")
_REQUIRED = {BlockKind.TOOL_CALL: ("id", "name"), BlockKind.TOOL_USE: ("id",)}
#: what a field of a payload is where there is one; a model may have written arguments that are no JSON, which stay text
_SHAPES: Final[dict[BlockKind, dict[str, tuple[tuple[type, ...], str]]]] = {
    **{
        kind: {"text": ((str,), "a text")}
        for kind in (BlockKind.USER, BlockKind.SYSTEM, BlockKind.LLM_TEXT, BlockKind.REASONING)
    },
    BlockKind.TOOL_CALL: {"args": ((dict, str), "an object, or its JSON text")},
}
_BLOCK = frozenset({"id", "kind", "role", "payload", "metadata"})
_TURN = frozenset({"id", "blocks", "metadata", "data"})
#: what turns can do in JavaScript (turns.js): a field of the name would hide it
_HELPERS = ("addBlock", "clone", "toJSON", "text", "meta")


def _short(ids: type) -> dict[str, str]:
    found = (value for name, value in vars(ids).items() if name.isupper())
    return {value.removeprefix(_PREFIX).removesuffix(_SUFFIX): value for value in found}


#: short name -> id, by the map that it stands in
KEY_NAMES: Final[dict[str, dict[str, str]]] = {
    "turn": _short(TurnKeyId),
    "block": _short(BlockKeyId),
    "data": _short(DataKeyId),
}
_SHORT = {store: {key: name for name, key in names.items()} for store, names in KEY_NAMES.items()}


def key_id(store: str, key: str) -> str:
    """Return the id of a key: ours for a short name, an id as it is, anything else in our own namespace."""
    if "@v" in key:
        return key
    return KEY_NAMES[store].get(key) or f"{_PREFIX}{key}{_SUFFIX}"


def decode_turn(value: Any, where: str = "turn") -> Turn:
    """Read a turn; None is an empty one. Raises DecodeError naming the place of what does not fit."""
    if value is None:
        return Turn()
    fields = _object(value, where)
    _refuse_helpers(fields, where)
    blocks = fields.get("blocks")
    if blocks is not None and not isinstance(blocks, list):
        raise DecodeError(f"{where}.blocks must be an array", subject=f"{where}/blocks")
    metadata = _keys("turn", fields.get("metadata"), f"{where}.metadata")
    rest = {name: item for name, item in fields.items() if name not in _TURN}
    found = [decode_block(block, f"{where}.blocks[{n}]") for n, block in enumerate(blocks or ())]
    data = _keys("data", fields.get("data"), f"{where}.data")
    try:
        return Turn(
            found,
            id=_text(fields, "id", where),
            metadata={**metadata, _REST: rest} if rest else metadata,
            data=data,
        )
    except EncodeError as error:
        given = {name: item for name, item in fields.items() if name != "blocks"}
        raise in_words_of_scripts(error, where, given) from error


def decode_block(value: Any, where: str = "block") -> Block:
    """Read a block; a kind that nobody knows is `other`. Raises DecodeError."""
    if not isinstance(value, dict):
        raise DecodeError(f"{where}: block must be an object", subject=where)
    kind = _kind(value.get("kind"), where)
    payload = _payload(value, where)
    _check_payload(kind, payload, where)
    metadata = _keys("block", value.get("metadata"), f"{where}.metadata")
    rest = {name: item for name, item in value.items() if name not in _BLOCK and name not in _LIFTED}
    role = _text(value, "role", where)
    try:
        return Block(
            kind,
            payload,
            id=_text(value, "id", where),
            role=role or (Role.ASSISTANT.value if kind is BlockKind.LLM_TEXT else ""),
            metadata={**metadata, _REST: rest} if rest else metadata,
        )
    except EncodeError as error:
        raise in_words_of_scripts(error, where, value) from error


def encode_turn(turn: Turn) -> dict[str, Any]:
    """Return a turn as scripts see it: `metadata` and `data` only where there is something in them."""
    found: dict[str, Any] = {"id": turn.id, "blocks": [_encoded(block) for block in turn.blocks]}
    metadata = turn.metadata.to_json() if len(turn.metadata) else {}
    found.update(metadata.pop(_REST, {}))
    if metadata:
        found["metadata"] = _named("turn", metadata)
    if len(turn.data):
        found["data"] = _named("data", turn.data.to_json())
    return found


def _encoded(block: Block) -> dict[str, Any]:
    found: dict[str, Any] = {
        "id": block.id,
        "kind": block.kind.value,
        "role": block.role,
        "payload": thaw(block.payload),
    }
    if block.metadata:
        metadata = thaw(block.metadata)
        found.update(metadata.pop(_REST, {}))
        if metadata:
            found["metadata"] = _named("block", metadata)
    return found


def _kind(kind: Any, where: str) -> BlockKind:
    if not isinstance(kind, str) or not kind.strip():
        raise DecodeError(
            f"{where}: block has no kind", subject=f"{where}/kind", next_step=f"one of {', '.join(BlockKind)}"
        )
    text = kind.strip().lower()
    return BlockKind(text) if text in set(BlockKind) else BlockKind.OTHER


def _payload(block: dict[str, Any], where: str) -> dict[str, Any]:
    payload = dict(_map(block.get("payload"), f"{where}.payload"))
    for name in _LIFTED:
        if name in block:
            payload.setdefault(name, block[name])
    if "id" not in payload and "payload" not in block and isinstance(block.get("id"), str):
        payload["id"] = block["id"]
    return payload


def _check_payload(kind: BlockKind, payload: dict[str, Any], where: str) -> None:
    for name in _REQUIRED.get(kind, ()):
        if not isinstance(payload.get(name), str) or (name == "id" and not payload[name]):
            raise DecodeError(f"{where}: a {kind} block needs payload.{name}", subject=f"{where}/payload")
    for name, (types, wanted) in _SHAPES.get(kind, {}).items():
        if payload.get(name) is not None and not isinstance(payload[name], types):
            raise _misfit(payload[name], name, f"{where}.payload", wanted)


def _keys(store: str, value: Any, where: str) -> dict[str, Any]:
    return {key_id(store, key): item for key, item in _map(value, where).items()}


def _named(store: str, values: dict[str, Any]) -> dict[str, Any]:
    short = _SHORT[store]
    return {short.get(key, key): value for key, value in values.items()}


def _refuse_helpers(fields: dict[str, Any], where: str) -> None:
    for name in _HELPERS:
        if name in fields:
            raise DecodeError(
                f"{where}.{name}: a turn can have no field of this name, which is that of a helper",
                subject=f"{where}/{name}",
                next_step="texts belong into blocks, other values into metadata or data",
            )


def _object(value: Any, where: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    raise DecodeError(f"{where} must be an object, got {kind_of(value)}", subject=where)


def _map(value: Any, where: str) -> dict[str, Any]:
    return {} if value is None else _object(value, where)


def _text(fields: dict[str, Any], name: str, where: str) -> str:
    value = fields.get(name)
    if value is None or isinstance(value, str):
        return value or ""
    raise _misfit(value, name, where, "a text")


def _misfit(value: Any, name: str, where: str, wanted: str) -> DecodeError:
    place = f"{where.replace('.payload', '/payload')}/{name}"
    return DecodeError(f"{where}.{name} must be {wanted}, got {kind_of(value)}", subject=place)
