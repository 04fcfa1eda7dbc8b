"""The border of an engine that copies plain data itself: scalars cost nothing extra, the rest is looked at first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto_js.engine.tripwire import CodeRan
from geppetto_js.errors import too_long
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
_LOW = -SAFE_INT
_PLAIN, _FUNCTION, _PROMISE, _BYTES, _NUMBERS = 1, 2, 3, 4, 5
_DATA = frozenset({_PLAIN, _NUMBERS})


class _BigScalar(Exception):
    """An integer beyond a JavaScript number stands alone, where only text can carry it."""


class NativeBorder(Border):
    """Cross by value (see `Border`)."""

    def __init__(self, engine: Engine, host: Host) -> None:
        super().__init__(engine, host)
        self._classify, self._packed, self._unpack = (
            self.packing("classify"),
            self.packing("packed"),
            self.packing("unpack"),
        )
        self._invoke, self._take_failure, self._get = (
            self.js("invoke"),
            self.js("takeFailure"),
            self.packing("get"),
        )
        self._wrapped = self.js("wrapped")
        self._copy = engine.copy
        self._hold_promise = self.packing("holdPromise")
        self._bytes = self.packing("bytes")
        self._invoke_packed = self.js("invokePacked")
        self._told_text = ""
        self._take_told = engine.new_function(self._taken)
        self._value_type = engine.value
        self._undefined = engine.evaluate("undefined", "geppetto:border")

    def _taken(self) -> str:
        text, self._told_text = self._told_text, ""
        return text

    def call(self, number: int, args: tuple[Any, ...]) -> Any:
        """Call a held function."""
        to_raw = self.raw
        try:
            # no local keeps the raw result: this frame may stay alive in the traceback of an exception that it holds
            return self._answer(self._invoke(number, *[to_raw(arg) for arg in args]))
        except _BigScalar:
            return self._call_packed(number, args)
        except self.engine.error as error:
            raise self.raised_error(error) from None
        except ValueError as error:
            if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                raise  # from further in: a host function's own
            raise too_long() from error  # the engine's package reads integers as Python does, from digits

    def _answer(self, raw: Any) -> Any:
        if type(raw) in _IN:
            return raw
        # the engine's package leaks what it compares, so `raw == self.fail` is out of the question
        if type(raw) is self._value_type and raw.is_symbol and (told := self._take_failure()):
            raise self.failures.error(told)
        return self.value(raw)

    def _call_packed(self, number: int, args: tuple[Any, ...]) -> Any:
        try:
            return self._answer(self._invoke_packed(number, self.packer().text(list(args))))
        except self.engine.error as error:
            raise self.raised_error(error) from None

    def value(self, raw: Any) -> Any:
        """Return the Python value of a raw one."""
        kind = type(raw)
        if kind in _IN:
            return raw
        if kind is float:
            return whole(raw)
        if kind is not self._value_type:
            return None  # undefined is all that is left
        try:
            sort = self._classify(raw)
            if sort not in _DATA:
                return self._special(raw, sort)
            try:
                copy = self._copy(raw)
            except CodeRan:
                return self._read(raw)
            return whole_parts(copy) if sort == _NUMBERS else copy
        except self.engine.error as error:
            raise self.raised_error(error) from None

    def _special(self, raw: Any, sort: int) -> Any:
        if sort == _FUNCTION:
            return JsFunction(self.host.owner(), self._hold(raw))
        if sort == _PROMISE:
            return JsPromise(self.host.owner(), self._hold_promise(raw))
        return raw.to_bytes() if sort == _BYTES else self._read(raw)

    def _read(self, raw: Any) -> Any:
        """Have JavaScript write what the engine cannot copy."""
        return self.unpacked(self._packed(raw))

    def raw(self, value: Any) -> Any:
        """Return the raw value of a Python one."""
        kind = type(value)
        if kind in _OUT or (kind is int and _LOW <= value <= SAFE_INT):
            return value
        if isinstance(value, (dict, list)):
            return value if is_plain(value) else self._packed_raw(value)
        return self._special_raw(value)

    def _special_raw(self, value: Any) -> Any:
        if value is UNDEFINED:
            return self._undefined
        if isinstance(value, JsHandle):
            return self._get(value.id_for(self.host.owner()))
        if isinstance(value, HostFunction):
            return self.function(value)
        if isinstance(value, bytes):
            return self._bytes(value)
        if callable(value) and not isinstance(value, type):
            return self.function(HostFunction(value))
        return self._packed_raw(value)

    def _packed_raw(self, value: Any) -> Any:
        text = self.packer().text(value)
        try:
            made = self._unpack(text)
        except ValueError:  # as below, and the package cannot even read it
            raise _BigScalar from None
        if type(made) is int and not _LOW <= made <= SAFE_INT:
            raise _BigScalar  # the engine's package gave us our integer back, and would take it as a rounded number
        return made

    def function(self, function: HostFunction) -> Any:
        """Return a raw function; on its way in and out a scalar is only looked at."""
        arity = function.arity
        guard = self._guarded_one if arity == 1 else self._guarded
        guarded = self.engine.new_function(guard(self.host.runnable(function)))
        return self._wrapped(guarded, function.name, self._take_told, arity)

    def _guarded(self, run: Callable[..., Any]) -> Callable[..., Any]:
        to_value, to_raw, fail = self.value, self._result, self._failed

        def guarded(*raw: Any) -> Any:
            try:
                return to_raw(run(*[part if type(part) in _IN else to_value(part) for part in raw]))
            except BaseException as error:  # the engine would make another error of it
                return fail(error)

        return guarded

    def _guarded_one(self, run: Callable[..., Any]) -> Callable[..., Any]:
        """Wrap a function of one argument, the hot path: most callbacks are such, and carry scalars."""
        to_value, to_raw, fail, easy_in, easy_out = self.value, self._result, self._failed, _IN, _OUT

        def guarded(raw: Any) -> Any:
            try:
                result = run(raw if type(raw) in easy_in else to_value(raw))
                return result if type(result) in easy_out else to_raw(result)
            except BaseException as error:  # the engine would make another error of it
                return fail(error)

        return guarded

    def _result(self, value: Any) -> Any:
        try:
            return self.raw(value)
        except _BigScalar:
            return self._told("v" + self.packer().text(value))

    def _failed(self, error: BaseException) -> Any:
        return self._told("e" + self.failure_text(error))

    def _told(self, text: str) -> Any:
        """Have the script ask for a text instead of taking the result."""
        self._told_text = text
        return self.fail

    def close(self) -> None:
        """Let go of the engine's values."""
        super().close()
        del self._classify, self._packed, self._unpack, self._invoke, self._take_failure, self._get
        del self._hold_promise, self._bytes, self._wrapped, self._take_told, self._invoke_packed, self._copy
