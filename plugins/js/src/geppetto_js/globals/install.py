"""The Python half of the globals: the console's sink, the clock of the timers, the environment that was granted."""

from __future__ import annotations

import codecs
import time
from typing import TYPE_CHECKING, Any

from geppetto_js.errors import JsUsageError
from geppetto_js.runtime.calls import Call
from geppetto_js.runtime.mailbox import Job
from geppetto_js.values.handles import HostFunction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto_js.globals.console import ConsoleSink
    from geppetto_js.runtime.core import Core

__all__ = ["Globals"]

_PACKAGE = "geppetto_js.globals"
#: how many timers may wait; each takes some memory outside of the script's
_MOST_TIMERS = 100_000


class Globals:
    """Install the globals into a runtime; on its thread, before any script."""

    def __init__(self, core: Core, console: ConsoleSink, env: Mapping[str, str]) -> None:
        self._core = core
        load = core.border.load
        self._define = load(_PACKAGE, "globals.js")["define"]
        load(_PACKAGE, "console.js", HostFunction(console))
        self._timers = load(_PACKAGE, "timers.js", HostFunction(self._later), HostFunction(self._forget))
        #: timers that have not fired yet, by number
        self._set: dict[int, Job] = {}
        load(_PACKAGE, "text.js", HostFunction(_encoded), HostFunction(_decoded))
        load(_PACKAGE, "clone.js")
        load(_PACKAGE, "assert.js")
        self.define("ENV", dict(env))

    def define(self, name: str, value: Any) -> None:
        """Set a global."""
        self._core.border.call(self._define, (name, value))

    def _later(self, number: int, milliseconds: float) -> None:
        """Have the timer `number` fire later, on behalf of the root that set it."""
        core = self._core
        setter = core.current
        assert setter is not None
        if len(self._set) >= _MOST_TIMERS:
            msg = f"more than {_MOST_TIMERS:,} timers wait"
            raise JsUsageError(msg, code="JS_TOO_MANY_TIMERS", next_step="clear those that are not needed")
        call = Call(root=setter.root, loop=setter.loop, context=setter.context)
        call.origin = setter.origin or setter.remains_of or setter
        self._set[number] = job = Job(call, lambda: self._run(call, number))
        core.mailbox.at(time.monotonic() + max(0.0, milliseconds) / 1000.0, job)

    def _forget(self, number: int) -> None:
        """Hear that a timer was cleared."""
        job = self._set.pop(number, None)
        if job is not None:
            self._core.mailbox.drop(job)

    def _run(self, call: Call, number: int) -> None:
        """Fire a timer; nobody waits for it, so that its errors are kept for who asks."""
        core = self._core
        del self._set[number]
        call.start_clock(core.limits.timeout)
        if _gone(call):
            core.border.call(self._timers["drop"], (number,))
            return
        try:
            result = core.border.call(self._timers["fire"], (number,))
        except BaseException as error:
            if not _gone(call):  # else who set it was told
                core.unhandled(error)
            return
        if result is not None:
            core.promises.watch(result, self._ended)

    def _ended(self, _value: Any, error: BaseException | None) -> None:
        """Hear how the promise ended that a timer's function returned."""
        if error is not None:
            self._core.unhandled(error)


def _gone(call: Call) -> bool:
    """Say whether the call was stopped that set a timer."""
    return call.origin is not None and call.origin.reason is not None


def _encoded(text: str) -> bytes:
    """Encode as browsers do: half a surrogate pair becomes the replacement character."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode()


def _decoded(data: bytes, fatal: bool, final: bool) -> tuple[str, int]:
    """Decode, and say how many bytes at the end begin a character that is not whole yet; none at the final call."""
    decoder = codecs.getincrementaldecoder("utf-8")("strict" if fatal else "replace")
    return decoder.decode(data, final), len(decoder.getstate()[0])
