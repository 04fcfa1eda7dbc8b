"""JSON pointers: how the paths of a configuration are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["above", "join", "parts"]


def join(pointer: str, key: Any) -> str:
    """Return the pointer of a key or index below another pointer."""
    text = str(key)
    if "~" in text or "/" in text:
        text = text.replace("~", "~0").replace("/", "~1")
    return f"{pointer}/{text}"


def parts(pointer: str) -> list[str]:
    """Return the keys of a pointer."""
    found = pointer.split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in found] if "~" in pointer else found


def above(pointer: str) -> Iterator[str]:
    """Give the pointers above this one, the nearest first; the root is none of them."""
    while pointer := pointer.rpartition("/")[0]:
        yield pointer
