"""Factories of blocks: `block.user("hi")`, `block.tool_call(name="add", args={...})`, images and files included.

Image and file parts stand under `payload.parts`, each a JSON object:
`{"type": "image" | "document" | "audio" | "text", "media_type", "data" (base64) | "url" | "file_id", "detail"?, "name"?}`.
"""

from __future__ import annotations

import base64
import mimetypes
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption
from geppetto.turns._generated import BlockKind, PayloadKey, Role
from geppetto.turns.model import Block, new_id

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = [
    "assistant",
    "audio",
    "document",
    "image",
    "other",
    "reasoning",
    "system",
    "tool_call",
    "tool_use",
    "user",
]


def _text(text: Any) -> Any:
    """Return a text; anything else would be a block that providers leave out, or that nobody can write."""
    if not isinstance(text, str):
        raise InvalidOption(
            f"expected a text, got {type(text).__name__}",
            subject="text",
            next_step="pass a str; images and files are parts, as in block.user(text, block.image(...))",
        )
    return text


def user(text: str = "", *parts: Mapping[str, Any], id: str = "") -> Block:
    """Make a user block of text and parts (`image`, `document`, `audio`)."""
    payload: dict[str, Any] = {PayloadKey.TEXT: _text(text)}
    if parts:
        payload[PayloadKey.PARTS] = [dict(part) for part in parts]
    return Block(BlockKind.USER, payload, id=id or new_id(), role=Role.USER.value)


def system(text: str, *, id: str = "") -> Block:
    """Make a system block."""
    return Block(BlockKind.SYSTEM, {PayloadKey.TEXT: _text(text)}, id=id or new_id(), role=Role.SYSTEM.value)


def assistant(text: str, *, id: str = "", partial: bool = False) -> Block:
    """Make a block of text that the model wrote; `partial` marks an unfinished one."""
    payload: dict[str, Any] = {PayloadKey.TEXT: _text(text)}
    if partial:
        payload[PayloadKey.PARTIAL] = True
    return Block(BlockKind.LLM_TEXT, payload, id=id or new_id(), role=Role.ASSISTANT.value)


def reasoning(text: str = "", *, id: str = "", **payload: Any) -> Block:
    """Make a reasoning block; provider payload such as `encrypted_content` is kept as given."""
    return Block(
        BlockKind.REASONING,
        {PayloadKey.TEXT: text, **payload} if _text(text) else payload,
        id=id or new_id(),
    )


def tool_call(name: str, args: Any = None, *, id: str = "") -> Block:
    """Make a call of a tool; the block's id is the call id."""
    call_id = id or new_id()
    arguments = {} if args is None else args
    return Block(
        BlockKind.TOOL_CALL,
        {PayloadKey.ID: call_id, PayloadKey.NAME: name, PayloadKey.ARGS: arguments},
        id=call_id,
    )


def tool_use(
    call_id: str, result: Any = None, *, error: str = "", parts: Sequence[Mapping[str, Any]] = ()
) -> Block:
    """Make the answer to a call: a JSON result, or the text of an error."""
    payload: dict[str, Any] = {PayloadKey.ID: call_id, PayloadKey.RESULT: result, PayloadKey.ERROR: error}
    if parts:
        payload[PayloadKey.PARTS] = [dict(part) for part in parts]
    return Block(BlockKind.TOOL_USE, payload, id=new_id())


def other(payload: Mapping[str, Any], *, id: str = "") -> Block:
    """Make a block of content that has no kind of its own."""
    return Block(BlockKind.OTHER, payload, id=id or new_id())


def image(source: str | bytes | Path, *, media_type: str = "", detail: str = "") -> dict[str, Any]:
    """Make an image part of a URL, of bytes (with `media_type`) or of a file."""
    part = _part("image", source, media_type)
    return {**part, "detail": detail} if detail else part


def document(source: str | bytes | Path, *, media_type: str = "", name: str = "") -> dict[str, Any]:
    """Make a document part (PDF, text) of a URL, of bytes (with `media_type`) or of a file."""
    part = _part("document", source, media_type)
    name = name or (source.name if isinstance(source, Path) else "")
    return {**part, "name": name} if name else part


def audio(source: bytes | Path, *, media_type: str = "") -> dict[str, Any]:
    """Make an audio part of bytes (with `media_type`) or of a file."""
    return _part("audio", source, media_type)


def _part(kind: str, source: str | bytes | Path, media_type: str) -> dict[str, Any]:
    if isinstance(source, str):
        part = {"type": kind, "url": source}
        return {**part, "media_type": media_type} if media_type else part
    if isinstance(source, Path):
        media_type = media_type or mimetypes.guess_type(source.name)[0] or ""
        source = source.read_bytes()
    if not media_type:
        raise InvalidOption(
            f"the media type of the {kind} is not known",
            subject="media_type",
            next_step="pass media_type=...",
        )
    return {"type": kind, "media_type": media_type, "data": base64.b64encode(source).decode("ascii")}
