"""Middlewares and tools in JavaScript files, for programs in Python and for profiles (003 §46.1).

A middleware's file sets `module.exports` to a function `(ctx, turn, next)`, or to an object with `middleware` or, for
one with a config, `create(config)`, and maybe `name`, `mode` and `timeoutMs`. A tool's file sets it to what
`registry.register` takes, or to a list of that.
"""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto import default_host
from geppetto.errors import InvalidOption, MiddlewareError

from geppetto_js.api.middleware import JsMiddleware
from geppetto_js.api.toolbridge import js_tool
from geppetto_js.api.words import seconds
from geppetto_js.engine import Limits
from geppetto_js.script import ScriptHost
from geppetto_js.single_flight import SingleFlight

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence

    from geppetto import Host, RunContext, ToolDefinition, Turn

__all__ = ["FileMiddleware", "middleware_from_file", "tools_from_file"]

_USE = """
((file, config, options) => {
  const gp = require("geppetto");
  const found = require(file);
  const made = found?.default ?? found;
  const spec = typeof made === "function" ? { middleware: made } : made;
  const fn = spec?.create ? spec.create(config) : spec?.middleware;
  const own = { name: spec?.name, mode: spec?.mode, timeoutMs: spec?.timeoutMs };
  const given = Object.fromEntries(Object.entries({ ...own, ...options }).filter(([, value]) => value != null));
  const use = gp.middleware.js(fn, given);
  return { ...use, fn: use.fn };
})
"""
_TOOLS = """
((file) => [require(file)].flat().map((made) => {
  const { handler, run, ...spec } = made?.default ?? made;
  return { spec, handler: handler ?? run };
}))
"""


class FileMiddleware:
    """One use of a middleware in a file; the file is loaded at the first run, in a runtime of its own."""

    def __init__(
        self,
        path: Path,
        config: Mapping[str, Any],
        options: Mapping[str, Any],
        limits: Limits,
        read: Sequence[Path],
    ) -> None:
        self.name = str(options.get("name") or path.stem)
        #: kept by the chain, and the load counts; what only the file says is kept by `call`
        self.timeout = seconds(options.get("timeoutMs"))
        self._path, self._config, self._options = path, dict(config), {"name": self.name, **options}
        self._limits, self._read = limits, (path.parent, *read)
        self._lock = threading.Lock()
        self._scripts: ScriptHost | None = None
        self._loading: SingleFlight[JsMiddleware] = SingleFlight()
        self._inner: JsMiddleware | None = None

    async def call(
        self, ctx: RunContext, turn: Turn, call_next: Callable[[RunContext, Turn], Awaitable[Turn]]
    ) -> Turn:
        """Run the file's function around a call of the engine."""
        inner = self._inner or await self._loaded(ctx.host or default_host())
        assert self._scripts is not None
        try:
            return await self._timed(inner.around(ctx, turn, call_next), inner.timeout)
        finally:
            self._scripts.runtime.log_rejections()  # nobody else would ask

    async def _timed(self, work: Coroutine[Any, Any, Turn], own: float | None) -> Turn:
        """Wait for the file's function as long as the file says, where the program said nothing."""
        try:
            async with asyncio.timeout(None if self.timeout else own) as clock:
                return await work
        except TimeoutError as error:
            if not clock.expired():
                raise
            raise MiddlewareError(
                f"{self.name}: took longer than the {own:g} s of its file",
                code="MIDDLEWARE_TIMEOUT",
                subject=self.name,
                next_step=f"raise timeoutMs in {self._path} or where it is used, or look at what it waits for",
                details={"middleware": self.name},
            ) from error

    async def _loaded(self, host: Host) -> JsMiddleware:
        """Return the file's middleware; the first runs load it together, on the loop of the host."""
        self._inner = await self._loading.result(lambda: self._load(host), host.loop())
        return self._inner

    async def _load(self, host: Host) -> JsMiddleware:
        scripts = self._opened(host)
        use = await scripts.runtime.evaluate_async(_USE, "geppetto:use.js")
        found = await scripts.runtime.call_async(use, str(self._path), self._config, self._options)
        return JsMiddleware(scripts.api.state, found)

    def _opened(self, host: Host) -> ScriptHost:
        with self._lock:
            if self._scripts is None:
                self._scripts = ScriptHost(host, limits=self._limits, read=self._read)
            return self._scripts

    def close(self) -> None:
        """End the runtime."""
        if self._scripts is not None:
            self._scripts.close()


def middleware_from_file(
    path: str | Path,
    config: Mapping[str, Any] | None = None,
    *,
    limits: Limits | None = None,
    read: Sequence[str | Path] = (),
    **options: Any,
) -> FileMiddleware:
    """Return the middleware of a file, for a list of middlewares in Python.

    `config` goes to the file's `create`; `read` grants it folders besides its own. Options: `name`, `mode`, `timeoutMs`,
    which win over the file's own. Raises InvalidOption for a file that is not there, and for a time that is none; what
    is wrong in the file shows at the first run.
    """
    _check_time(options.get("timeoutMs"))
    folders = [Path(folder).resolve() for folder in read]
    return FileMiddleware(_file(path), config or {}, options, limits or Limits(), folders)


def tools_from_file(
    path: str | Path, host: Host | None = None, *, limits: Limits | None = None
) -> list[ToolDefinition]:
    """Return the tools of a file; they live in a runtime of their own, as long as one of them is held.

    In plain code only. Raises InvalidOption for a file that is not there, JsError for what it throws.
    """
    found = _file(path)
    scripts = ScriptHost(host or default_host(), limits=limits, read=[found.parent])
    load = scripts.runtime.evaluate(_TOOLS, "geppetto:tools.js")
    rows = scripts.runtime.call(load, str(found))
    return [js_tool(scripts.api.state, row["spec"], row["handler"]) for row in rows]


def _check_time(given: Any) -> None:
    number = isinstance(given, (int, float)) and not isinstance(given, bool)
    if given is not None and not (number and given >= 0):
        raise InvalidOption(
            f"timeoutMs: expected a number of milliseconds of at least 0, got {given!r:.80}",
            subject="timeoutMs",
            next_step="say timeoutMs=500, for example; 0 is no limit",
        )


def _file(path: str | Path) -> Path:
    found = Path(os.path.expanduser(path)).resolve()  # noqa: PTH111  # it leaves a home that nobody knows as it is
    if not found.is_file():
        raise InvalidOption(f"there is no file {found}", subject=str(path), next_step="name a .js file")
    return found
