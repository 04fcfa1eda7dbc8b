"""Word of rejected promises: the engines know whom nobody handles, and neither Python package passes it on.

QuickJS tells its embedder of each promise that is rejected without a handler, and again when a handler comes late
(`JS_SetHostPromiseRejectionTracker` of quickjs.h). Both packages carry that function and leave it unused, so it is
called here by ctypes. That reads two pointers out of their objects; hence only for releases whose layout is known.
"""

from __future__ import annotations

import ctypes
from typing import TYPE_CHECKING

from geppetto_js.engine.layout import JSValue, jsvalue_of, known_layout, library, pointer

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto_js.engine.protocol import EngineReport

__all__ = ["Rejections", "can_track"]


_UNDEFINED = JSValue(0, 3)  # JS_TAG_UNDEFINED
_TAG_BOOL = 1
_SET = "JS_SetHostPromiseRejectionTracker"
_TRACKER = ctypes.CFUNCTYPE(None, ctypes.c_void_p, JSValue, JSValue, ctypes.c_bool, ctypes.c_void_p)


def can_track(name: str, version: str) -> bool:
    """Say whether `Rejections` works with a release of a package."""
    return library(name, version, _SET) is not None


class Rejections:
    """Have a script's function called with each promise, its reason and whether it is handled; `close` before the engine.

    `runtime` is the package's object that holds the engine, `function` its value of the function.
    """

    def __init__(
        self, report: EngineReport, runtime: object, function: object, told: Callable[[], None]
    ) -> None:
        layout, engine = known_layout(report.name, report.version), library(report.name, report.version, _SET)
        assert layout is not None
        assert engine is not None
        self._function = function  # as long as it is kept, the value below may be used
        value = jsvalue_of(function, layout)
        self._runtime = pointer(runtime, layout.runtime)
        call = engine.JS_Call
        call.argtypes = (ctypes.c_void_p, JSValue, JSValue, ctypes.c_int, ctypes.POINTER(JSValue))
        call.restype = JSValue  # undefined, which needs no freeing

        def track(context: int, promise: JSValue, reason: JSValue, handled: bool, _: object) -> None:
            told()
            call(context, value, _UNDEFINED, 3, (JSValue * 3)(promise, reason, JSValue(handled, _TAG_BOOL)))

        self._tracker = _TRACKER(track)
        self._set = engine.JS_SetHostPromiseRejectionTracker
        self._set.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
        self._set.restype = None
        self._set(self._runtime, self._tracker, None)

    def close(self) -> None:
        """Have the engine forget it."""
        self._set(self._runtime, None, None)
