"""Scripts on a host: a runtime in which `require("geppetto")` gives the API."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from geppetto.reach import Reach

from geppetto_js.api import GeppettoModule
from geppetto_js.globals.console import logging_sink
from geppetto_js.taking import TakingRuntime, taker

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto import Host

    from geppetto_js.api import ApiOptions
    from geppetto_js.engine import Limits
    from geppetto_js.globals.console import ConsoleSink
    from geppetto_js.modules.contract import JsModule

__all__ = ["ScriptHost"]

_KEEP, _DROP = "(value) => value", "() => undefined"


class ScriptHost:
    """A runtime with the API of a host; close it, or use it as a context manager.

    Scripts reach what the host offers and nothing else: files only below the folders of `read`, variables only those of
    `env`, other modules only those of `modules`; profiles are written only in the files, or below the folders, of `write`.
    """

    def __init__(
        self,
        host: Host,
        *,
        options: ApiOptions | None = None,
        limits: Limits | None = None,
        read: Sequence[str | Path] = (),
        write: Sequence[str | Path] = (),
        env: Mapping[str, str] | None = None,
        console: ConsoleSink = logging_sink,
        modules: Sequence[JsModule] = (),
    ) -> None:
        reach = Reach(tuple(map(Path, read)), tuple(map(Path, write)))
        self.api = GeppettoModule(host, options, reach)
        self.runtime = TakingRuntime(
            limits=limits,
            loop=host.loop(),
            console=console,
            env=env,
            read=read,
            modules=[self.api.as_module(), *modules],
        )

    def run_file(self, path: str | Path, *, timeout: float | None = None, result: bool = True) -> Any:
        """Run a file, wait for all that it has begun, and return the value of its last statement.

        Without `result` that value is not taken, and may be one that cannot cross to Python; a promise is waited for all
        the same. `timeout` is for all of it. Raises what the script threw, or the first promise that nobody waited for
        was rejected with.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        take = taker(self.runtime, _KEEP if result else _DROP)
        value = self.runtime.run_into(take, path, timeout=timeout)
        self.runtime.wait_idle(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
        for error in self.runtime.unhandled_rejections():
            raise error
        return value

    def define_embeddings(self, name: str, options: Mapping[str, Any]) -> None:
        """Set the global object of the older embeddings bridge."""
        define = self.runtime.evaluate(
            "((name, options) => { globalThis[name] = require('geppetto').embeddings.global(options); })",
            "geppetto:embeddings.js",
        )
        self.runtime.call(define, name, dict(options))

    def close(self) -> None:
        """Stop what runs and end the thread."""
        self.runtime.close()
        self.api.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()
