"""The border of an engine that takes only text: every call is one JSON text there and one back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geppetto_js.values.border import Border
from geppetto_js.values.unpack import whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto_js.engine import Engine
    from geppetto_js.values.border import Host
    from geppetto_js.values.handles import HostFunction

__all__ = ["TextBorder"]

_TOO_DEEP = (
    'e{"name": "RecursionError", "message": "maximum recursion depth exceeded", "origin": 0, "fields": {}}'
)


class TextBorder(Border):
    """Cross as text (see `Border`)."""

    def __init__(self, engine: Engine, host: Host) -> None:
        super().__init__(engine, host)
        self._invoke, self._wrapped = self.js("invokeText"), self.js("wrappedText")
        self._packed = self.packing("packed")

    def call(self, number: int, args: tuple[Any, ...]) -> Any:
        """Call a held function."""
        packer = self.packer()
        packed = [packer.pack(arg, "") for arg in args]
        try:
            answer = self._invoke(json.dumps({"id": number, "args": packed}, allow_nan=False))
        except self.engine.error as error:
            raise self.raised_error(error) from None
        if answer[0] == "e":
            raise self.failures.error(answer[1:])
        return self.unpacked(answer[1:])

    def value(self, raw: Any) -> Any:
        """Return the Python value of what a script ended with."""
        if type(raw) is float:
            return whole(raw)
        return self.unpacked(self._packed(raw)) if type(raw) is self.engine.value else raw

    def function(self, function: HostFunction) -> Any:
        """Return a raw function that talks text."""
        guarded = self._guarded(self.host.runnable(function), function.arity)
        return self._wrapped(self.engine.new_function(guarded), function.name)

    def _guarded(self, run: Callable[..., Any], arity: int | None) -> Callable[[str], str]:
        def guarded(text: str) -> str:
            try:
                args = self.unpacked(text)
                if arity is not None:
                    args = (args + [None] * arity)[:arity]
                return "v" + self.packer().text(run(*args))
            except BaseException as error:  # the engine would make another error of it
                return self._failed(error)

        return guarded

    def _failed(self, error: BaseException) -> str:
        """Describe an error; whatever is raised here would be lost, and the engine's package with it."""
        try:
            return "e" + self.failure_text(error)
        except RecursionError:
            return _TOO_DEEP

    def close(self) -> None:
        """Let go of the engine's values."""
        super().close()
        del self._invoke, self._wrapped, self._packed
