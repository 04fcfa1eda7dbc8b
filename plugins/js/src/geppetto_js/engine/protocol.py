"""What a JavaScript engine must offer: small enough that an adapter for another engine is one file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from geppetto_js.engine.bounds import check_bytes, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Capabilities", "Engine", "EngineReport", "Limits"]

#: more than a machine has, and so much less than an address that there is room above it
_MOST_MEMORY = 2**60
#: what our own scripts need, and what the thread has room for
_LEAST_STACK, _MOST_STACK = 64 * 1024, 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do beyond running scripts.

    Without `interrupt_with_callbacks` a script that loops for ever cannot be stopped: run trusted scripts only.
    Without `native_values` everything crosses the border as JSON text, at two to three times the price.
    Without `modules` a script cannot use `import`, and stacks name no files.
    Without `memory_guard` a script that uses up its memory may take the process with it.
    Without `rejections` nobody hears of a rejected promise that only the script knows.
    Without `awaited_results` a classic script that awaits at its top level has no value but what it returns.
    """

    interrupt_with_callbacks: bool
    native_values: bool
    memory_limit: bool
    memory_guard: bool
    modules: bool
    rejections: bool
    awaited_results: bool


@dataclass(frozen=True, slots=True)
class EngineReport:
    """Which engine is installed: the name of its distribution, its version, what it can do."""

    name: str
    version: str
    capabilities: Capabilities


@dataclass(frozen=True, slots=True)
class Limits:
    """What a runtime may use.

    `memory` counts bytes of the engine's heap, `stack` those of JavaScript's stack (64 KiB at least, at most a quarter
    of the 16 MiB of the thread), `timeout` the seconds of each call that names none itself. Raises JsUsageError for
    what cannot be.
    """

    memory: int | None = 256 * 1024 * 1024
    stack: int = _MOST_STACK
    timeout: float | None = None

    def __post_init__(self) -> None:
        if self.memory is not None:
            check_bytes("memory", self.memory, 1, _MOST_MEMORY)
        check_bytes("stack", self.stack, _LEAST_STACK, _MOST_STACK)
        object.__setattr__(self, "timeout", seconds(self.timeout, above=0))


class Engine(Protocol):
    """One engine with one global object, used by the thread that made it.

    A *raw* value is what the engine's package hands out. Raw functions can be called from Python with raw arguments.
    Which Python values are raw depends on `report.capabilities.native_values`: with it, plain data (None, bool, int,
    float, str, lists and dicts of them) and the engine's own values, with `to_bytes()` and
    `is_symbol`; without it, ASCII text, numbers and own values.
    """

    report: EngineReport
    #: how an error of the engine's package reads when there was no memory for an error
    no_memory: frozenset[str]
    #: what the engine's package raises when a script throws
    error: type[Exception]
    #: the class of the engine's own values: objects, functions, symbols
    value: type[Any]

    @property
    def holder(self) -> object:
        """Return the package's object that holds the engine, for what the package itself does not offer."""
        ...

    def evaluate(self, source: str, filename: str) -> Any:
        """Run a classic script and return the raw value of its last statement."""
        ...

    def evaluate_awaiting(self, source: str, filename: str) -> Any:
        """Run a classic script that may await at its top level, with `awaited_results`; return a raw promise of its value."""
        ...

    def run_own(self, source: str, filename: str) -> Any:
        """Run a classic script of this package; an engine may keep it compiled for the next runtime."""
        ...

    def evaluate_module(self, source: str, filename: str) -> Any:
        """Run an ES module and return the raw promise of its end."""
        ...

    def check_module(self, source: str, filename: str) -> None:
        """Parse an ES module without running it."""
        ...

    def new_function(self, fn: Callable[..., Any]) -> Any:
        """Return a raw function that calls `fn` with raw values; `fn` must return a raw value and never raise."""
        ...

    def copy(self, raw: Any) -> Any:
        """Return the Python copy of plain data, with `native_values`; raise CodeRan where a script would run meanwhile."""
        ...

    def run_job(self) -> bool:
        """Run one job of the promise queue; False says that there was none."""
        ...

    def stack_of(self, error: Exception) -> str:
        """Return the JavaScript stack of an error of the engine's package, or an empty string."""
        ...

    def set_interrupt(self, poll: Callable[[], bool]) -> None:
        """Have `poll` called every few thousand operations; True stops the script, which cannot catch it."""
        ...

    def ask_again(self, *, soon: bool) -> None:
        """Have `poll` called as soon as possible, for what it stopped may be swallowed by a promise; or as before."""
        ...

    def memory_spent(self) -> bool:
        """Say whether scripts hold more than `Limits.memory`; for `poll`, which then stops the script."""
        ...

    def set_module_loader(self, load: Callable[[str], str]) -> None:
        """Have `load` called with the resolved name of each imported module; it returns the source."""
        ...

    def collect(self) -> None:
        """Free what nothing refers to."""
        ...

    def heap_bytes(self) -> int:
        """Return how many bytes the engine's heap has taken."""
        ...

    def close(self) -> None:
        """Let go of everything; the engine's memory is freed when its last value is."""
        ...
