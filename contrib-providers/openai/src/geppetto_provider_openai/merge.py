"""Pieces of one wire object put together: what a stream says bit by bit, kept as the whole it stands for."""

from __future__ import annotations

import base64
from typing import Any

__all__ = ["join_audio", "merge_delta", "merge_reasoning"]

#: text that names something: a repeated one replaces, it does not append
_NAMES = frozenset({"id", "type", "role", "name", "format", "signature"})


def merge_delta(whole: dict[str, Any], delta: dict[str, Any]) -> None:
    """Add a delta to a message: text appends, objects merge, list items with an `index` merge by it."""
    for name, value in delta.items():
        known = whole.get(name)
        if value is None or value == "":
            whole.setdefault(name, value)
        elif isinstance(value, str) and isinstance(known, str) and name not in _NAMES:
            whole[name] = known + value
        elif isinstance(value, dict):
            whole[name] = known if isinstance(known, dict) else {}
            merge_delta(whole[name], value)
        elif isinstance(value, list):
            whole[name] = _merge_items(known or [], value)
        else:
            whole[name] = value


def _merge_items(known: list[Any], items: list[Any]) -> list[Any]:
    for item in items:
        same = [old for old in known if isinstance(old, dict) and _same_place(old, item)]
        if same:
            merge_delta(same[0], item)
        elif isinstance(item, dict):
            fresh: dict[str, Any] = {}
            merge_delta(fresh, item)
            known.append(fresh)
        else:
            known.append(item)
    return known


def _same_place(old: dict[str, Any], item: Any) -> bool:
    return isinstance(item, dict) and item.get("index") is not None and old.get("index") == item["index"]


def merge_reasoning(known: list[dict[str, Any]], item: dict[str, Any]) -> None:
    """Add a reasoning detail: pieces of one entry (same type and index, in a row) become one."""
    last = known[-1] if known else {}
    same = all(last.get(name) == item.get(name) for name in ("type", "index"))
    if same and item.get("index") is not None:
        merge_delta(last, item)
    else:
        known.append(dict(item))


def join_audio(pieces: list[str]) -> str:
    """Join base64 texts, each of which may be padded, into one."""
    if len(pieces) == 1:
        return pieces[0]
    try:
        return base64.b64encode(b"".join(base64.b64decode(piece) for piece in pieces)).decode("ascii")
    except ValueError:
        return "".join(pieces)
