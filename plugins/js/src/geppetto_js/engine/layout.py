"""Where the engines' packages keep their pointers: some of what QuickJS offers can only be had past them, by ctypes."""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import struct
from typing import Any, NamedTuple

__all__ = ["JSValue", "Layout", "jsvalue_of", "known_layout", "library", "pointer"]


class JSValue(ctypes.Structure):
    """`JSValue` of quickjs.h where pointers have 64 bits: 16 bytes that are only passed on here."""

    _fields_ = (("payload", ctypes.c_uint64), ("tag", ctypes.c_int64))


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


def jsvalue_of(value: object, layout: Layout) -> JSValue:
    """Return what a package's value holds; it may be used as long as `value` is kept."""
    return JSValue.from_address(id(value) + object.__basicsize__ + layout.value)


@functools.cache
def library(name: str, version: str, *symbols: str) -> Any | None:
    """Return the package's library, or None where it hides one of the engine's functions, or is not one that we know."""
    layout = known_layout(name, version)
    spec = importlib.util.find_spec(layout.module) if layout is not None else None
    if spec is None or spec.origin is None:
        return None
    found = ctypes.PyDLL(spec.origin)  # keeps the GIL: the packages' own callbacks expect it
    return found if all(hasattr(found, symbol) for symbol in symbols) else None
