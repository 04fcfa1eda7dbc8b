"""The adapter of quickjs-ng: wheels for every platform, text across the border, no way to stop a running script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto_js.errors import JsModuleError, JsValueUnsupported

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from geppetto_js.engine.protocol import EngineReport, Limits

__all__ = ["NgEngine"]

#: where a callable stands for the moment between making a function of it and taking that
_SLOT = "__geppetto_slot"


class NgEngine:
    """QuickJS-ng as quickjs-ng embeds it (see `Engine`).

    The package cuts strings at a NUL and integers to 32 bits; so the border sends ASCII text and small integers only.
    """

    def __init__(self, module: ModuleType, report: EngineReport, limits: Limits) -> None:
        self.report = report
        self.error: type[Exception] = module.JSException
        self.value: type[Any] = module.Object
        self.no_memory = frozenset({"null", "<unknown JS error>"})
        self._context: Any = module.Context()
        self._context.set_max_stack_size(limits.stack)
        if limits.memory is not None:
            self._context.set_memory_limit(limits.memory)

    def evaluate(self, source: str, filename: str) -> Any:  # noqa: ARG002  # the package names every script `<input>`
        """Run a classic script."""
        try:
            return self._context.eval(source)
        except TypeError as error:
            raise JsValueUnsupported(
                "",
                f"quickjs-ng cannot give this value of a script ({error})",
                next_step="put it into an object",
            ) from error

    def evaluate_awaiting(self, source: str, filename: str) -> Any:
        """Refuse: the package has no way to (`awaited_results`)."""
        raise NotImplementedError

    def run_own(self, source: str, filename: str) -> Any:
        """Run a script of this package."""
        return self.evaluate(source, filename)

    def evaluate_module(self, source: str, filename: str) -> Any:
        """Refuse: the package has no module loader."""
        raise JsModuleError(
            f"{filename}: quickjs-ng cannot load ES modules ({len(source)} characters)",
            code="JS_MODULES_UNSUPPORTED",
            subject=filename,
            next_step="use require(), or a Python for which quickjs-bindings has wheels",
        )

    def check_module(self, source: str, filename: str) -> None:
        """Refuse, as `evaluate_module` does."""
        self.evaluate_module(source, filename)

    def new_function(self, fn: Callable[..., Any]) -> Any:
        """Return a raw function around `fn`, by way of a global that is gone afterwards."""
        self._context.add_callable(_SLOT, fn)
        made = self._context.get(_SLOT)
        self._context.eval(f"delete globalThis.{_SLOT}")
        return made

    def copy(self, raw: Any) -> Any:
        """Refuse: everything crosses as text (`native_values`)."""
        raise NotImplementedError

    def run_job(self) -> bool:
        """Run one job of the promise queue."""
        return bool(self._context.execute_pending_job())

    def stack_of(self, error: Exception) -> str:
        """Return what follows the first line of the message."""
        return str(error).partition("\n")[2]

    def set_interrupt(self, poll: Callable[[], bool]) -> None:
        """Do nothing: the package allows no time limit beside callables."""

    def ask_again(self, *, soon: bool) -> None:
        """Do nothing: nobody is asked."""

    def memory_spent(self) -> bool:
        """Say no: nobody could stop the script, so the engine's own limit does."""
        return False

    def set_module_loader(self, load: Callable[[str], str]) -> None:
        """Do nothing: `evaluate_module` refuses."""

    @property
    def holder(self) -> object:
        """Return the package's object that holds the engine."""
        return self._context

    def collect(self) -> None:
        """Free what only cycles hold, and have finalizers called."""
        self._context.gc()

    def heap_bytes(self) -> int:
        """Return what the engine has allocated."""
        return int(self._context.memory()["malloc_size"])

    def close(self) -> None:
        """Let go of the context."""
        del self._context
