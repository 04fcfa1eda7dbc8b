"""A runtime whose scripts end in a function of JavaScript: what it takes need not cross the border."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto_js.runtime.runtime import Runtime

if TYPE_CHECKING:
    from geppetto_js.values.handles import JsFunction

__all__ = ["TakingRuntime", "taker"]

#: a promise is waited for first, and its rejection stays one; made before a script can change what is used here.
#: A run (runs.js) says itself what is waited for: with a listener for its error it is no failure of the script.
_TAKER = """
((take) => {
  const NativePromise = Promise, then = Promise.prototype.then, { apply } = Reflect;
  const own = Symbol.for("geppetto.lastValue");
  const waited = (promise) => typeof promise[own] === "function" ? promise[own]() : promise;
  return (value) => value instanceof NativePromise ? apply(then, waited(value), [take]) : take(value);
})
"""


class TakingRuntime(Runtime):
    """A runtime as `geppetto js` uses it (see `taker`)."""

    def run_into(self, take: JsFunction, path: str | Path, *, timeout: float | None = None) -> Any:
        """Run a file as `run_file`, and return what `take` makes of its last value."""
        number = take.id_for(self)
        return self._asking.ask(
            "run_file",
            lambda: self._core.modules.run_file(Path(path), number),
            timeout=timeout,
            settle=True,
        )

    def evaluate_into(self, take: JsFunction, source: str, filename: str) -> Any:
        """Run a script as `evaluate`, and return what `take` makes of its last value."""
        number = take.id_for(self)
        return self._asking.ask(
            "evaluate", lambda: self._core.border.evaluate(source, filename, take=number), settle=True
        )


def taker(runtime: Runtime, source: str) -> JsFunction:
    """Return a function that hands a value, or what a promise is settled with, to a function of JavaScript."""
    wrap = runtime.evaluate(_TAKER, "geppetto:taking.js")
    made: JsFunction = runtime.call(wrap, runtime.evaluate(source, "geppetto:taking.js"))
    return made
