"""Classic scripts that await at their top level, with the value of their last statement.

QuickJS runs them (`JS_EVAL_FLAG_ASYNC` of quickjs.h). Of the packages, only quickjs-bindings offers it, with a loop of
its own that gives up where a promise waits for the host (`async_eval`). So the function below it is called by ctypes,
for releases whose layout is known.
"""

from __future__ import annotations

import ctypes
from typing import Any

from geppetto_js.engine.layout import JSValue, jsvalue_of, known_layout, library, pointer

__all__ = ["can_await", "evaluate_awaiting"]

_SYMBOLS = ("JS_Eval", "JS_SetPropertyStr")
_GLOBAL_ASYNC = 1 << 7  # JS_EVAL_TYPE_GLOBAL | JS_EVAL_FLAG_ASYNC
_TAG_EXCEPTION = 6
_THROW = "(error) => { throw error; }"
_VALUE = "async (holder) => (await holder.promise).value"
_OWN = "geppetto:awaiting"


def can_await(name: str, version: str) -> bool:
    """Say whether `evaluate_awaiting` works with a release of a package."""
    # quickjs-ng releases the GIL around its own call of JS_Eval, and takes it back in what scripts call
    return name == "quickjs-bindings" and library(name, version, *_SYMBOLS) is not None


def evaluate_awaiting(name: str, version: str, context: Any, source: str, filename: str) -> Any:
    """Run a script and return the raw promise of its last statement's value; raise the package's error if it cannot start."""
    layout, engine = known_layout(name, version), library(name, version, *_SYMBOLS)
    assert layout is not None
    assert engine is not None
    address = ctypes.c_void_p(pointer(context))
    text = source.encode()
    run, put = engine.JS_Eval, engine.JS_SetPropertyStr
    run.argtypes = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_int)
    run.restype = JSValue
    put.argtypes = (ctypes.c_void_p, JSValue, ctypes.c_char_p, JSValue)
    put.restype = ctypes.c_int
    promise = run(address, text, len(text), filename.encode(), _GLOBAL_ASYNC)
    if promise.tag == _TAG_EXCEPTION:
        return context.eval(_THROW, filename=_OWN)(context.get_exception())
    holder = context.eval("({})", filename=_OWN)
    put(address, jsvalue_of(holder, layout), b"promise", promise)  # which takes the promise over
    return context.eval(_VALUE, filename=_OWN)(holder)
