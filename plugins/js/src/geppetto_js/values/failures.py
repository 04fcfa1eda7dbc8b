"""Errors across the border: a Python exception comes back as itself, a JavaScript error as JsError."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING, Any

from geppetto.errors import GeppettoError

from geppetto_js.errors import (
    JsDeadlineExceeded,
    JsError,
    JsValueUnsupported,
    js_note,
    module_stopped,
    out_of_memory,
)

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Failures"]

#: how many exceptions are kept; of an older one a script's Error comes back as JsError
_MOST = 1000
#: where the engine cuts messages of its own, in bytes
_CUT = 250
#: how many causes of causes a script is told
_CAUSES = 3
#: what the engine throws at who imports a module whose evaluation was interrupted: name, message, and no stack
_STOPPED = ("TypeError", "promise is pending", "")
_OWN_FILES = "(geppetto:"
#: `    at name (file:1:column)`, or without a name where a file cannot be read
_ON_FIRST_LINE = re.compile(r"(?P<before> *at (?:.*\()?)(?P<file>.*):1:(?P<column>\d+)(?P<after>\)?)")


class Failures:
    """Python exceptions that scripts hold as Error objects, until the engine says that an Error is gone."""

    def __init__(self, decode: Callable[[str], Any]) -> None:
        self._decode = decode
        self._known: dict[int, BaseException] = {}
        self._numbers = itertools.count(1)
        self._replaced: dict[str, BaseException] = {}
        #: how many columns the first line of a file stands behind a head of ours
        self.heads: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._known)

    def text(self, error: BaseException, pack: Callable[[Any], Any]) -> str:
        """Describe an exception for JavaScript and keep it under a number."""
        number = next(self._numbers)
        self._known[number] = error
        if len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        return json.dumps({**_told(error, pack, _CAUSES), "origin": number})

    def replace(self, message: str, error: BaseException) -> None:
        """Remember an exception of which the engine makes an error of its own, with that message."""
        self._replaced[message] = error
        if len(self._replaced) > _MOST:
            del self._replaced[next(iter(self._replaced))]

    def _original(self, message: str) -> BaseException | None:
        if len(message.encode(errors="replace")) < _CUT:
            return self._replaced.get(message)
        whole = message.rstrip("\ufffd")  # of a character that was cut in two
        return next((error for key, error in self._replaced.items() if key.startswith(whole)), None)

    def drop(self, number: int) -> None:
        """Forget an exception whose Error object was collected."""
        self._known.pop(number, None)

    def clear(self) -> None:
        """Forget all."""
        self._known.clear()
        self._replaced.clear()

    def error(self, text: str) -> BaseException:
        """Return the exception for what JavaScript described."""
        told = json.loads(text)
        stack = self.frames(told["stack"])
        origin = self._known.get(told.get("origin") or 0) or self._original(told["message"])
        if origin is not None:
            _note_once(origin, stack)
            return origin
        if (told["name"], told["message"]) == ("InternalError", "out of memory"):
            return out_of_memory()
        if (told["name"], told["message"], stack) == _STOPPED:
            return module_stopped()
        return JsError(
            told["message"],
            name=told["name"],
            js_stack=stack,
            js_code=self._decoded(told.get("code")),
            value=self._decoded(told.get("value")),
            next_step=told.get("nextStep", ""),
            subject=told.get("subject", ""),
        )

    def note(self, error: BaseException, stack: str) -> None:
        """Tell on an exception where in a script it happened."""
        frames = self.frames(stack)
        if isinstance(error, (JsError, JsDeadlineExceeded)):
            error.js_stack = frames
        _note_once(error, frames)

    def frames(self, stack: str) -> str:
        """Return a stack without the frames of this package, with the columns that the script's own text has."""
        lines = stack.splitlines()
        return "\n".join(
            self._behind_head(line) for line in lines if _OWN_FILES not in line and "(native)" not in line
        )

    def _behind_head(self, line: str) -> str:
        found = _ON_FIRST_LINE.fullmatch(line)
        head = self.heads.get(found["file"]) if found is not None else None
        if found is None or head is None:
            return line
        return f"{found['before']}{found['file']}:1:{max(int(found['column']) - head, 1)}{found['after']}"

    def _decoded(self, text: str | None) -> Any:
        """Read what was thrown; a part that cannot cross is no reason to lose the error."""
        try:
            return self._decode(text) if text else None
        except JsValueUnsupported:
            return None


def _note_once(error: BaseException, stack: str) -> None:
    if stack and not any(stack in note for note in getattr(error, "__notes__", ())):
        error.add_note(js_note(stack))


def _told(error: BaseException, pack: Callable[[Any], Any], causes: int) -> dict[str, Any]:
    """Describe an error, and what caused it where that is one of ours or a script's."""
    name = error.name if isinstance(error, JsError) and error.name else type(error).__name__
    message = error.js_message if isinstance(error, JsError) else str(error)
    found: dict[str, Any] = {"name": name, "message": message, "fields": _fields(error, pack)}
    if isinstance(error, JsError) and error.js_stack:
        found["stack"] = error.js_stack
    if causes and isinstance(error, GeppettoError) and isinstance(error.__cause__, GeppettoError):
        found["cause"] = _told(error.__cause__, pack, causes - 1)
    return found


def _fields(error: BaseException, pack: Callable[[Any], Any]) -> Any:
    if isinstance(error, JsError):
        given: dict[str, Any] = {"code": error.js_code}
    elif isinstance(error, GeppettoError):
        given = {
            "code": error.code,
            "phase": error.phase,
            "subject": error.subject,
            "nextStep": error.next_step,
            "details": error.details,
        }
    else:
        given = {}
    return {key: _packed(value, pack) for key, value in given.items() if value is not None}


def _packed(value: Any, pack: Callable[[Any], Any]) -> Any:
    try:
        return pack(value)
    except JsValueUnsupported:
        return None
