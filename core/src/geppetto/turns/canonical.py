"""What is the same in two requests that ask the same: for recordings, caches and whoever else compares requests."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from geppetto.turns._generated import BlockKind
from geppetto.turns.serde import block_to_json

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geppetto.turns.model import Block

__all__ = ["canonical_blocks", "digest"]

_CALLS = frozenset({BlockKind.TOOL_CALL.value, BlockKind.TOOL_USE.value})


def canonical_blocks(blocks: Iterable[Block], *, metadata: bool = False) -> list[dict[str, Any]]:
    """Return blocks as plain JSON without what is made up anew in each run.

    Ids of blocks are left out; the ids of tool calls are numbered in the order in which they first stand, so that it is
    still told which result answers which call. Payloads, opaque ones of providers too, are whole; `metadata` stays only where it is wanted.
    """
    left_out = {"id"} if metadata else {"id", "metadata"}
    places: dict[str, str] = {}
    return [_content(block_to_json(block), left_out, places) for block in blocks]


def _content(block: dict[str, Any], left_out: set[str], places: dict[str, str]) -> dict[str, Any]:
    found = {name: value for name, value in block.items() if name not in left_out}
    if block["kind"] in _CALLS and "id" in block.get("payload", {}):
        call = str(block["payload"]["id"])
        found["payload"] = {**block["payload"], "id": places.setdefault(call, f"call {len(places) + 1}")}
    return found


def digest(value: Any) -> str:
    """Return the SHA-256 of JSON data, the same for any order of keys; raise TypeError or ValueError for what is no JSON."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
