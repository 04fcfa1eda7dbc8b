"""Word of rejected promises: the engines know whom nobody handles, and neither Python package passes it on.

QuickJS tells its embedder of each promise that is rejected without a handler, and again when a handler comes late
(`JS_SetHostPromiseRejectionTracker` of quickjs.h). Both packages carry that function and leave it unused, so it is
called here by ctypes. That reads two pointers out of their objects; hence only for releases whose layout is known.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
from typing import TYPE_CHECKING, Any

from geppetto_js.engine.layout import known_layout, pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto_js.engine.protocol import EngineReport

__all__ = ["Rejections", "can_track"]


class _JSValue(ctypes.Structure):
    """`JSValue` of quickjs.h where pointers have 64 bits: 16 bytes that are only passed on here."""

    _fields_ = (("payload", ctypes.c_uint64), ("tag", ctypes.c_int64))


_UNDEFINED = _JSValue(0, 3)  # JS_TAG_UNDEFINED
_TAG_BOOL = 1
_TRACKER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, _JSValue, _JSValue, ctypes.c_bool, ctypes.c_void_p)


@functools.cache
def _library(name: str, version: str) -> Any | None:
    """Return the package's library, or None where it hides the engine's functions, or is not one that we know."""
    layout = known_layout(name, version)
    spec = importlib.util.find_spec(layout.module) if layout is not None else None
    if spec is None or spec.origin is None:
        return None
    library = ctypes.PyDLL(spec.origin)  # keeps the GIL: the packages' own callbacks expect it
    return library if hasattr(library, "JS_SetHostPromiseRejectionTracker") else None


def can_track(name: str, version: str) -> bool:
    """Say whether `Rejections` works with a release of a package."""
    return _library(name, version) is not None


class Rejections:
    """Have a script's function called with each promise, its reason and whether it is handled; `close` before the engine.

    `runtime` is the package's object that holds the engine, `function` its value of the function.
    """

    def __init__(
        self, report: EngineReport, runtime: object, function: object, told: Callable[[], None]
    ) -> None:
        layout, library = known_layout(report.name, report.version), _library(report.name, report.version)
        assert layout is not None
        assert library is not None
        self._function = function  # as long as it is kept, the value below may be used
        value = _JSValue.from_address(id(function) + object.__basicsize__ + layout.value)
        self._runtime = pointer(runtime, layout.runtime)
        call = library.JS_Call
        call.argtypes = (ctypes.c_void_p, _JSValue, _JSValue, ctypes.c_int, ctypes.POINTER(_JSValue))
        call.restype = _JSValue  # undefined, which needs no freeing

        def track(context: int, promise: _JSValue, reason: _JSValue, handled: bool, _: object) -> None:
            told()
            call(context, value, _UNDEFINED, 3, (_JSValue * 3)(promise, reason, _JSValue(handled, _TAG_BOOL)))

        self._tracker = _TRACKER(track)
        self._set = library.JS_SetHostPromiseRejectionTracker
        self._set.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
        self._set.restype = None
        self._set(self._runtime, self._tracker, None)

    def close(self) -> None:
        """Have the engine forget it."""
        self._set(self._runtime, None, None)
