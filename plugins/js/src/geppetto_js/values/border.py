"""The border of one runtime: values and calls in both directions, on the runtime's own thread."""

from __future__ import annotations

import functools
import json
from importlib import resources
from typing import TYPE_CHECKING, Any, Protocol

from geppetto_js.errors import JsError, out_of_memory
from geppetto_js.values.failures import Failures
from geppetto_js.values.handles import HostFunction, JsFunction, JsPromise
from geppetto_js.values.plain import Packer
from geppetto_js.values.unpack import Unpacker

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto_js.engine import Engine
    from geppetto_js.values.handles import HandleOwner

__all__ = ["Border", "Host", "open_border"]


class Host(Protocol):
    """What the border asks of the runtime it belongs to."""

    def owner(self) -> HandleOwner:
        """Return who the handles belong to."""
        ...

    def runnable(self, function: HostFunction) -> Callable[..., Any]:
        """Return the plain callable that runs a host function on the JavaScript thread."""
        ...

    def raised(self, error: BaseException) -> None:
        """Hear of what a host function raised, before the script does."""
        ...

    def stopped(self) -> BaseException | None:
        """Return why the running script was interrupted, if it was."""
        ...


class Border:
    """What both ways of crossing share; `call`, `function` and `_value` differ."""

    def __init__(self, engine: Engine, host: Host) -> None:
        self.engine, self.host = engine, host
        self.unpacked = Unpacker(
            lambda number: JsFunction(host.owner(), number), lambda number: JsPromise(host.owner(), number)
        )
        self.failures = Failures(self.unpacked)
        self._prelude()

    def _prelude(self) -> None:
        """Run the JavaScript half; `packing` and `js` get its functions, which are kept where calls are frequent."""
        engine = self.engine
        self.fail = engine.evaluate("Symbol('failed')", "geppetto:border")
        member = engine.evaluate("(object, key) => object[key]", "geppetto:border")
        packing = self._factory("packing.js")()
        made = self._factory("border.js")(self.fail, engine.new_function(self.failures.drop), packing)
        self._tools = made
        self.packing: Callable[[str], Any] = lambda name: member(packing, name)
        self.js: Callable[[str], Any] = lambda name: member(made, name)
        self._hold, self.release = self.packing("hold"), self.packing("release")
        self._exported = self.packing("exported")
        self._last_spoken, self._here = self.js("lastSpoken"), self.js("here")
        self._begin, self._finish = self.js("begin"), self.js("end")

    def _factory(self, file: str) -> Any:
        return self.engine.run_own(_read("geppetto_js.values", file), f"geppetto:{file}")

    def load(self, package: str, file: str, *functions: HostFunction) -> dict[str, int]:
        """Run a script of ours, which is a function of the border's own and of host functions.

        Returns what it gives, as numbers to call.
        """
        factory = self.engine.run_own(_read(package, file), f"geppetto:{file}")
        numbers: dict[str, int] = json.loads(
            self._exported(factory(self._tools, *map(self.function, functions)))
        )
        return numbers

    # ---- Python to JavaScript

    def packer(self) -> Packer:
        """Return what writes one value as text."""
        return Packer(self.hold_function, self.host.owner())

    def hold_function(self, function: HostFunction) -> int:
        """Make a JavaScript function, and keep it under a number until the text that names it is read."""
        return int(self._hold(self.function(function)))

    def function(self, function: HostFunction) -> Any:
        """Return the raw function that a script calls."""
        raise NotImplementedError

    def failure_text(self, error: BaseException) -> str:
        """Describe for the script what a host function raised."""
        self.host.raised(error)
        return self.failures.text(error, lambda value: self.packer().pack(value, ""))

    # ---- JavaScript to Python

    def call(self, number: int, args: tuple[Any, ...]) -> Any:
        """Call the function held under a number; raise what it throws."""
        raise NotImplementedError

    def value(self, raw: Any) -> Any:
        """Return the Python value of a raw one."""
        raise NotImplementedError

    # ---- scripts

    def evaluate(
        self,
        source: str,
        filename: str,
        *,
        module: bool = False,
        awaiting: bool = False,
        take: int | None = None,
    ) -> Any:
        """Run a script or module and return the value of its end; a promise of it for one that is `awaiting`.

        With `take`, the number of a function, that gets the value, which then need not cross; its result is returned.
        """
        run = self.engine.evaluate
        if module or awaiting:
            run = self.engine.evaluate_module if module else self.engine.evaluate_awaiting
        self._begin()
        try:
            return self._end(run(source, filename), take)
        except self.engine.error as error:
            raise self.raised_error(error) from None
        finally:
            self._end_script()

    def _end(self, raw: Any, take: int | None) -> Any:
        if take is None:
            return self.value(raw)
        if raw is None or isinstance(raw, (str, int, float)):
            return self.call(take, (raw,))  # the engine's package would round an integer beyond a number's
        return self.value(self.packing("get")(take)(raw))

    def _end_script(self) -> None:
        """Forget whose text was made; a script of ours does it, which is not to be stopped with theirs."""
        self.engine.ask_again(soon=False)
        try:
            self._finish()
        except self.engine.error:
            pass  # memory may be out
        if self.host.stopped() is not None:
            self.engine.ask_again(soon=True)

    def evaluate_between(self, head: str, source: str, tail: str, filename: str) -> Any:
        """Run a script with something of ours around it, which errors do not show."""
        self.failures.heads[filename] = len(head)
        return self.evaluate(f"{head}{source}{tail}", filename)

    def check_module(self, source: str, filename: str) -> None:
        """Parse an ES module; raise JsError for what is none."""
        self._begin()
        try:
            self.engine.check_module(source, filename)
        except self.engine.error as error:
            raise self.raised_error(error) from None
        finally:
            self._end_script()

    def raised_error(self, error: Exception) -> BaseException:
        """Return the exception for an error of the engine's package that no `catch` of ours has seen."""
        stopped = self.host.stopped()
        if stopped is not None:
            return stopped
        text = str(error).partition("\n")[0]
        spoken = self._spoken(str(error))
        if spoken:
            return self.failures.error(spoken)
        if text in self.engine.no_memory:
            return out_of_memory()
        name, colon, message = text.partition(": ")
        known = name if colon and name.endswith("Error") else ""
        stack = self.failures.frames(self.engine.stack_of(error))
        return JsError(message if known else text, name=known, js_stack=stack)

    def _spoken(self, text: str) -> str:
        """Return the description of the object that `text` came from, if it was one that tells its text."""
        try:
            return str(self._last_spoken(text))
        except self.engine.error:
            return ""

    def locate(self, reason: BaseException) -> None:
        """Note on the reason of a stop where the script stands."""
        try:
            stack = self._here()
        except self.engine.error:  # memory may be out
            return
        if isinstance(stack, str):  # a script may have its own idea of stacks
            self.failures.note(reason, stack)

    def close(self) -> None:
        """Let go of the engine's values."""
        self.failures.clear()
        del self._tools, self.packing, self.js, self.fail
        del self._hold, self.release, self._exported, self._last_spoken, self._here
        del self._begin, self._finish


@functools.cache
def _read(package: str, file: str) -> str:
    """Return a script that is installed with us; runtimes are made by the thousand."""
    return resources.files(package).joinpath(file).read_text(encoding="utf-8")


def open_border(engine: Engine, host: Host) -> Border:
    """Return the border that fits the engine."""
    if engine.report.capabilities.native_values:
        from geppetto_js.values.native import NativeBorder

        return NativeBorder(engine, host)
    from geppetto_js.values.text import TextBorder

    return TextBorder(engine, host)
