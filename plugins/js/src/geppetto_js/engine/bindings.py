"""The adapter of quickjs-bindings: QuickJS with values by copy and an interrupt handler that works with callbacks."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from geppetto_js.engine.awaiting import evaluate_awaiting
from geppetto_js.engine.memory import NO_ERROR, NO_LIMIT, Memory, as_expected
from geppetto_js.engine.tripwire import CodeRan, Tripwire
from geppetto_js.errors import too_long

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from geppetto_js.engine.protocol import EngineReport, Limits

__all__ = ["BindingsEngine"]


@functools.cache
def _compiled(module: ModuleType, source: str, filename: str) -> bytes:
    blob: bytes = module.Context().compile(source, filename=filename).write_object()
    return blob


def _cannot_copy(_raw: Any) -> Any:
    """Leave it to JavaScript: without a tripwire, no object is known to stay what it was when it was looked at."""
    raise CodeRan


class BindingsEngine:
    """QuickJS as quickjs-bindings embeds it (see `Engine`)."""

    def __init__(self, module: ModuleType, report: EngineReport, limits: Limits) -> None:
        self.report, self._module = report, module
        self.error: type[Exception] = module.JSError
        self.value: type[Any] = module.Value
        self._runtime: Any = module.Runtime()
        self._runtime.set_max_stack_size(limits.stack)
        self._context: Any = self._runtime.new_context()
        self._memory = self._guarded(limits.memory)
        self._tripwire = Tripwire(self._memory.counter, self.error) if self._memory is not None else None
        self.copy: Callable[[Any], Any] = self._tripwire.copy if self._tripwire is not None else _cannot_copy
        self.no_memory = NO_ERROR if self._memory is not None else frozenset({"null", "<unknown JS error>"})

    def _guarded(self, limit: int | None) -> Memory | None:
        self._runtime.set_memory_limit(limit or NO_LIMIT)
        known = self.report.capabilities.memory_guard and as_expected(
            self._runtime, self._context, limit or NO_LIMIT
        )
        return Memory(self._runtime, self._context, limit or NO_LIMIT) if known else None

    def evaluate(self, source: str, filename: str) -> Any:
        """Run a classic script."""
        try:
            return self._context.eval(source, filename=filename)
        except ValueError as error:  # the package reads integers as Python does, from digits
            raise too_long() from error

    def evaluate_awaiting(self, source: str, filename: str) -> Any:
        """Run a classic script past the package, which waits where only the host can go on."""
        report = self.report
        return evaluate_awaiting(report.name, report.version, self._context, source, filename)

    def run_own(self, source: str, filename: str) -> Any:
        """Run a script of this package from bytecode: parsing takes ten times as long."""
        return self._context.eval_function(
            self._context.read_object(_compiled(self._module, source, filename))
        )

    def evaluate_module(self, source: str, filename: str) -> Any:
        """Run an ES module; its promise keeps what it threw."""
        return self._context.eval(source, filename=filename, module=True)

    def check_module(self, source: str, filename: str) -> None:
        """Compile an ES module and forget it."""
        self._context.compile(source, filename=filename, module=True)

    def new_function(self, fn: Callable[..., Any]) -> Any:
        """Return a raw function around `fn`."""
        return self._context.new_function(fn)

    def run_job(self) -> bool:
        """Run one job of the promise queue."""
        context = self._context
        return bool(context.has_pending_job and context.execute_pending_job())

    def stack_of(self, error: Exception) -> str:
        """Return what the package keeps beside the message."""
        return str(getattr(error, "js_stack", ""))

    def set_interrupt(self, poll: Callable[[], bool]) -> None:
        """Have `poll` called about every ten thousand operations."""
        self._runtime.set_interrupt_handler(poll if self._tripwire is None else self._tripwire.around(poll))

    def ask_again(self, *, soon: bool) -> None:
        """Have the next jump or call ask, where the engine's counter is known."""
        if self._memory is not None:
            self._memory.ask_again(soon=soon)

    def memory_spent(self) -> bool:
        """Look at the heap; without a guard, the engine's own limit does."""
        return self._memory is not None and self._memory.spent()

    def set_module_loader(self, load: Callable[[str], str]) -> None:
        """Have `load` called; names that begin with a dot are resolved by the engine before."""
        self._context.set_module_loader(load)

    @property
    def holder(self) -> object:
        """Return the package's object that holds the engine."""
        return self._runtime

    def collect(self) -> None:
        """Free what only cycles hold, and have finalizers called."""
        self._runtime.run_gc()

    def heap_bytes(self) -> int:
        """Return what the engine has allocated."""
        return int(self._runtime.compute_memory_usage()["malloc_size"])

    def close(self) -> None:
        """Let go: the package frees the heap with the last value, and callables it holds make cycles with us."""
        self._runtime.set_interrupt_handler(None)
        self._context.set_module_loader(None)
        del self._context, self._runtime, self._memory, self._tripwire, self.copy
