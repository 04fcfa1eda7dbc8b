"""What can go wrong between Python and JavaScript, as errors with a code and a next step."""

from __future__ import annotations

from typing import Any

from geppetto.errors import DeadlineExceeded, GeppettoError, PluginError, RunCancelled, UsageError

__all__ = [
    "JsCancelled",
    "JsDeadlineExceeded",
    "JsEngineMissing",
    "JsError",
    "JsModuleError",
    "JsRuntimeClosed",
    "JsUsageError",
    "JsValueUnsupported",
    "module_stopped",
    "out_of_memory",
    "too_long",
]


#: how much of a JSON pointer a message shows
_SHOWN = 80


class JsError(GeppettoError):
    """A script threw something that did not come from Python.

    `name` and `js_message` are those of the JavaScript error, `js_stack` its stack (`at f (file:line:column)`),
    `js_code` its property `code`, and `value` what was thrown when that was no error.
    """

    code, phase = "JS_ERROR", "javascript"

    def __init__(
        self,
        js_message: str,
        *,
        name: str = "",
        js_stack: str = "",
        js_code: Any = None,
        value: Any = None,
        **about: Any,
    ) -> None:
        super().__init__(f"{name}: {js_message}" if name else js_message, **about)
        self.name, self.js_message, self.js_stack = name, js_message, js_stack
        self.js_code, self.value = js_code, value
        if js_stack:
            self.add_note(js_note(js_stack))


class JsUsageError(UsageError):
    """The bridge was used in a way that cannot work: it would deadlock, or mix runtimes."""

    code, phase = "JS_USAGE", "javascript"


class JsValueUnsupported(UsageError):
    """A value cannot cross the border; `subject` is a JSON pointer to the part that cannot."""

    code, phase = "JS_VALUE_UNSUPPORTED", "encode"

    def __init__(self, pointer: str, reason: str, **about: Any) -> None:
        about.setdefault("next_step", "pass plain data: null, booleans, numbers, text, bytes, lists, objects")
        place = pointer if len(pointer) <= _SHOWN else pointer[:_SHOWN] + "…"
        super().__init__(f"value at {place or '/'} cannot cross: {reason}", subject=pointer or "/", **about)
        self.pointer, self.reason = pointer, reason


class JsModuleError(UsageError):
    """A module is not there, may not be read, or cannot be loaded by this engine."""

    code, phase = "JS_MODULE_NOT_FOUND", "javascript"


class JsRuntimeClosed(GeppettoError):
    """The runtime was closed before the call could finish."""

    code, phase = "JS_RUNTIME_CLOSED", "javascript"

    def __init__(self, message: str = "the JavaScript runtime is closed", **about: Any) -> None:
        about.setdefault("next_step", "make another Runtime, and close it after its last call")
        super().__init__(message, **about)


class JsDeadlineExceeded(DeadlineExceeded):
    """A script ran past its deadline; `js_stack` says where it was, if it ran."""

    code, phase = "JS_DEADLINE_EXCEEDED", "javascript"
    js_stack = ""

    def __init__(self, message: str = "the script ran past its deadline", **about: Any) -> None:
        about.setdefault(
            "next_step", "give it more time: --timeout SECONDS, timeout=..., Limits(timeout=...)"
        )
        super().__init__(message, **about)


class JsCancelled(RunCancelled):
    """A call into JavaScript was cancelled."""

    code, phase = "JS_CANCELED", "javascript"


class JsEngineMissing(PluginError):
    """No JavaScript engine can be imported, or another package took its place."""

    code, phase = "JS_ENGINE_MISSING", "javascript"

    def __init__(self, reason: str) -> None:
        super().__init__(
            f"no JavaScript engine: {reason}",
            subject="quickjs",
            next_step="pip uninstall quickjs quickjs-ng quickjs-bindings; pip install --force-reinstall geppetto-js",
            details={"reason": reason},
        )


def out_of_memory() -> JsError:
    """Return the error of a script that used more memory than it may."""
    return JsError(
        "out of memory",
        name="InternalError",
        code="JS_OUT_OF_MEMORY",
        next_step="have the script keep less, or give it more: `geppetto js run --memory MB`, Limits(memory=...)",
    )


def too_long() -> JsValueUnsupported:
    """Return the error of a script that ends with an integer that Python does not read."""
    return JsValueUnsupported(
        "", "an integer of more than 4300 digits", next_step="make a text of it: String(value)"
    )


def module_stopped() -> JsModuleError:
    """Return the error of who imports an ES module that was stopped while it was evaluated."""
    return JsModuleError(
        "an ES module that this one imports was stopped while it was loaded, and the engine cannot load it again",
        code="JS_MODULE_STOPPED",
        next_step="make another Runtime, and give the first import more time; or use require(), which tries again",
    )


def js_note(stack: str) -> str:
    """Return the note that tells where in JavaScript an exception passed."""
    return "JavaScript stack:\n" + stack.rstrip()
