"""Where the engines' packages keep their pointers: some of what QuickJS offers can only be had past them, by ctypes."""

from __future__ import annotations

import ctypes
import struct
from typing import NamedTuple

__all__ = ["Layout", "known_layout", "pointer"]


class Layout(NamedTuple):
    """How the objects of one release look: offsets of pointers in bytes behind the head of a Python object."""

    module: str
    releases: str
    runtime: int
    value: int


_POINTER = struct.calcsize("P")
_LAYOUTS = {
    "quickjs-bindings": Layout("quickjs._quickjs", "0.1.1", runtime=0, value=0),
    "quickjs-ng": Layout("_quickjs", "0.17.0.", runtime=0, value=_POINTER),
}


def known_layout(name: str, version: str) -> Layout | None:
    """Return the layout of a release, or None for one that nobody has looked at, and where pointers are not of 64 bits."""
    layout = _LAYOUTS[name]
    return layout if _POINTER == 8 and version.startswith(layout.releases) else None  # noqa: PLR2004  # bytes


def pointer(holder: object, offset: int = 0) -> int:
    """Return the address that an object of a package keeps."""
    return ctypes.c_size_t.from_address(id(holder) + object.__basicsize__ + offset).value
