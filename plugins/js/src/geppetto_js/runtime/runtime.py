"""The runtime: JavaScript on a thread of its own, called from threads and event loops."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto_js.engine import Limits
from geppetto_js.globals.console import logging_sink
from geppetto_js.runtime.lifecycle import Lifecycle
from geppetto_js.runtime.setup import Setup

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping, Sequence

    from geppetto_js.globals.console import ConsoleSink
    from geppetto_js.modules.contract import JsModule
    from geppetto_js.values.handles import JsFunction, JsPromise

__all__ = ["Runtime"]


class Runtime(Lifecycle):
    """One engine with one global object; close it, or use it as a (sync or async) context manager.

    `evaluate`, `call` and `settle` block and are for threads without a running event loop; their `_async` twins are
    awaited. `timeout` is in seconds from now, waiting in the queue included; a script cannot catch its end. Calls that
    belong together (a call out of a Python function that a script called) have one `root`, taken from the context;
    while a frame of a script stands still for a coroutine, calls of other roots wait.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        loop: asyncio.AbstractEventLoop | None = None,
        console: ConsoleSink = logging_sink,
        env: Mapping[str, str] | None = None,
        read: Sequence[str | Path] = (),
        modules: Sequence[JsModule] = (),
    ) -> None:
        """Start the thread; nothing of the host is within reach but what is given here.

        `loop` runs coroutine functions for calls that come from no event loop; `env` becomes the global `ENV`; files
        are read (by `require`, `import` and `run_file`) only below the directories of `read`.
        """
        places = tuple(Path(place) for place in read)
        super().__init__(Setup(console, limits or Limits(), loop, env or {}, places, modules))

    # ---- scripts and calls

    def evaluate(
        self,
        source: str,
        filename: str = "<script>",
        *,
        module: bool = False,
        timeout: float | None = None,
        root: object | None = None,
        settle: bool = True,
    ) -> Any:
        """Run a script and return the value of its last statement.

        `module` runs it as an ES module, which has no value. A promise is waited for unless `settle` is false; then it
        is a JsPromise.
        """
        return self._asking.ask(
            "evaluate", self._script(source, filename, module), timeout=timeout, root=root, settle=settle
        )

    async def evaluate_async(
        self,
        source: str,
        filename: str = "<script>",
        *,
        module: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109  # it stops the script, not the task
        root: object | None = None,
        settle: bool = True,
    ) -> Any:
        """Run a script from an event loop, as `evaluate`; cancelling the task stops the script."""
        return await self._asking.ask_async(
            self._script(source, filename, module), timeout=timeout, root=root, settle=settle
        )

    def run_file(self, path: str | Path, *, timeout: float | None = None, root: object | None = None) -> Any:
        """Run a file below a granted directory and return the value of its last statement.

        `.mjs`, and what has import or export statements, runs as an ES module, which has no value.
        """
        return self._asking.ask(
            "run_file",
            lambda: self._core.modules.run_file(Path(path)),
            timeout=timeout,
            root=root,
            settle=True,
        )

    def check_file(self, path: str | Path) -> None:
        """Parse a file below a granted directory without running it; raise JsError for what is no JavaScript."""
        self._asking.ask(
            "check_file",
            lambda: self._core.modules.check_file(Path(path)),
            timeout=None,
            root=None,
            settle=False,
        )

    async def run_file_async(
        self,
        path: str | Path,
        *,
        timeout: float | None = None,  # noqa: ASYNC109  # it stops the script, not the task
        root: object | None = None,
    ) -> Any:
        """Run a file from an event loop, as `run_file`."""
        return await self._asking.ask_async(
            lambda: self._core.modules.run_file(Path(path)), timeout=timeout, root=root, settle=True
        )

    def call(
        self,
        function: JsFunction,
        /,
        *args: Any,
        timeout: float | None = None,
        root: object | None = None,
        settle: bool = True,
    ) -> Any:
        """Call a function of this runtime; raise JsError, or the Python exception that a script let through."""
        return self._asking.ask(
            "call", self._calling(function, args), timeout=timeout, root=root, settle=settle
        )

    async def call_async(
        self,
        function: JsFunction,
        /,
        *args: Any,
        timeout: float | None = None,  # noqa: ASYNC109  # it stops the script, not the task
        root: object | None = None,
        settle: bool = True,
    ) -> Any:
        """Call a function from an event loop, as `call`; cancelling the task stops the script."""
        return await self._asking.ask_async(
            self._calling(function, args), timeout=timeout, root=root, settle=settle
        )

    def settle(self, promise: JsPromise, /, *, timeout: float | None = None) -> Any:
        """Wait for a promise of this runtime."""
        promise.id_for(self)
        return self._asking.ask("settle", lambda: promise, timeout=timeout, settle=True)

    async def settle_async(
        self,
        promise: JsPromise,
        /,
        *,
        timeout: float | None = None,  # noqa: ASYNC109  # it stops the script, not the task
    ) -> Any:
        """Wait for a promise of this runtime on an event loop."""
        promise.id_for(self)
        return await self._asking.ask_async(lambda: promise, timeout=timeout, settle=True)

    def define(self, name: str, value: Any) -> None:
        """Set a global: plain data, a Python callable or a HostFunction."""
        self._asking.ask("define", lambda: self._core.globals.define(name, value))

    async def define_async(self, name: str, value: Any) -> None:
        """Set a global from an event loop."""
        await self._asking.ask_async(lambda: self._core.globals.define(name, value))

    # ---- state

    def wait_idle(self, *, timeout: float | None = None) -> None:
        """Wait until no job, timer or coroutine of a script is left."""
        self._asking.idle(timeout)

    async def wait_idle_async(
        self,
        *,
        timeout: float | None = None,  # noqa: ASYNC109  # it stops the script, not the task
    ) -> None:
        """Wait on an event loop until no job, timer or coroutine of a script is left."""
        await self._asking.idle_async(timeout)

    async def heap_bytes_async(self) -> int:
        """Do the same from an event loop."""
        return int(await self._asking.ask_async(self._core.heap_bytes))

    def heap_bytes(self) -> int:
        """Collect garbage, and return how much memory the engine has taken."""
        return int(self._asking.ask("heap_bytes", self._core.heap_bytes))

    # ---- inside

    def _script(self, source: str, filename: str, module: bool) -> Callable[[], Any]:
        if module:
            return lambda: self._core.modules.evaluate(source, filename)
        return lambda: self._core.border.evaluate(source, filename)

    def _calling(self, function: JsFunction, args: tuple[Any, ...]) -> Callable[[], Any]:
        number = function.id_for(self)
        return lambda: self._core.border.call(number, args)
