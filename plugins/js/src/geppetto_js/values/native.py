"""The border of an engine that copies plain data itself: scalars cost nothing extra, the rest is looked at first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto_js.values.border import Border
from geppetto_js.values.handles import HostFunction, JsFunction, JsHandle, JsPromise
from geppetto_js.values.plain import SAFE_INT, is_plain
from geppetto_js.values.undefined import UNDEFINED
from geppetto_js.values.unpack import whole, whole_parts

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto_js.engine import Engine
    from geppetto_js.values.border import Host

__all__ = ["NativeBorder"]

_IN = frozenset({int, str, bool, type(None)})
_OUT = frozenset({str, bool, float, type(None)})
_PLAIN, _FUNCTION, _PROMISE = 1, 2, 3


class NativeBorder(Border):
    """Cross by value (see `Border`)."""

    def __init__(self, engine: Engine, host: Host) -> None:
        super().__init__(engine, host)
        self._classify, self._packed, self._unpack = self.js("classify"), self.js("packed"), self.js("unpack")
        self._invoke, self._take_failure, self._get = self.js("invoke"), self.js("takeFailure"), self.js("get")
        self._wrapped = self.js("wrapped")
        self._failure = ""
        self._take_host_error = engine.new_function(self._taken)
        self._value_type = engine.value
        self._undefined = engine.evaluate("undefined", "geppetto:border")

    def _taken(self) -> str:
        text, self._failure = self._failure, ""
        return text

    def call(self, number: int, args: tuple[Any, ...]) -> Any:
        """Call a held function."""
        to_raw = self.raw
        try:
            raw = self._invoke(number, *[to_raw(arg) for arg in args])
        except self.engine.error as error:
            raise self.raised_error(error) from None
        if type(raw) in _IN:
            return raw
        if type(raw) is self._value_type and raw == self.fail:
            raise self.failures.error(self._take_failure())
        return self.value(raw)

    def value(self, raw: Any) -> Any:
        """Return the Python value of a raw one."""
        kind = type(raw)
        if kind in _IN:
            return raw
        if kind is float:
            return whole(raw)
        if raw is self._undefined:
            return None
        try:
            return self._object(raw)
        except self.engine.error as error:
            raise self.raised_error(error) from None

    def _object(self, raw: Any) -> Any:
        kind = self._classify(raw)
        if kind == _PLAIN:
            return whole_parts(self.engine.to_python(raw))
        if kind == _FUNCTION:
            return JsFunction(self.host.owner(), self._hold(raw))
        if kind == _PROMISE:
            return JsPromise(self.host.owner(), self._hold(raw))
        return self.unpacked(self._packed(raw))

    def raw(self, value: Any) -> Any:
        """Return the raw value of a Python one."""
        kind = type(value)
        if kind in _OUT or (kind is int and -SAFE_INT <= value <= SAFE_INT):
            return value
        if value is UNDEFINED:
            return self._undefined
        if isinstance(value, JsHandle):
            return self._get(value.id_for(self.host.owner()))
        if isinstance(value, (dict, list)):
            if is_plain(value):
                return value
        elif isinstance(value, HostFunction) or (callable(value) and not isinstance(value, type)):
            return self.function(value if isinstance(value, HostFunction) else HostFunction(value))
        return self._unpack(self.packer().text(value))

    def function(self, function: HostFunction) -> Any:
        """Return a raw function; on its way in and out a scalar is only looked at."""
        guarded = self._guarded(self.host.runnable(function))
        return self._wrapped(self.engine.new_function(guarded), function.name, self._take_host_error)

    def _guarded(self, run: Callable[..., Any]) -> Callable[..., Any]:
        to_value, to_raw, fail = self.value, self.raw, self._failed

        def guarded(*raw: Any) -> Any:
            try:
                for part in raw:
                    if type(part) not in _IN:
                        raw = tuple([to_value(part) for part in raw])
                        break
                result = run(*raw)
                return result if type(result) in _OUT else to_raw(result)
            except BaseException as error:  # the engine would make another error of it
                return fail(error)

        return guarded

    def _failed(self, error: BaseException) -> Any:
        self._failure = self.failure_text(error)
        return self.fail

    def close(self) -> None:
        """Let go of the engine's values."""
        super().close()
        del self._classify, self._packed, self._unpack, self._invoke, self._take_failure, self._get
        del self._wrapped, self._take_host_error
