"""`require("geppetto")`: the JavaScript half of the API, on the operations of the Python half."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from geppetto_js.api.area import AREAS
from geppetto_js.api.ops import Way, operations
from geppetto_js.api.state import ApiOptions, ApiState
from geppetto_js.modules.contract import JsModule
from geppetto_js.values.handles import HostFunction

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto import Host
    from geppetto.reach import Reach

    from geppetto_js.runtime.runtime import Runtime
    from geppetto_js.values.handles import JsFunction

__all__ = ["GeppettoModule"]

#: the parts of the JavaScript half, in the order in which they need each other
_PARTS = (
    "errors", "options", "plugins", "json", "turns", "middlewares", "tools", "events", "readers", "runs", "sessions", "builders", "engines", "enginebuilder", "profiles",
    "embeddings", "spec", "finish",
)  # fmt: skip


class GeppettoModule:
    """One instance of the module, for one runtime; `reach` is which files its scripts may name, none without it."""

    name = "geppetto"
    doc = "Inference, engines, sessions, middlewares, tools, profiles and factories."

    def __init__(self, host: Host, options: ApiOptions | None = None, reach: Reach | None = None) -> None:
        self.state = ApiState(host, options, reach)

    def as_module(self) -> JsModule:
        """Return what a runtime takes."""
        return JsModule(self.name, self._load, self.doc, factory=True)

    def _load(self, runtime: Runtime) -> JsFunction:
        """Put the JavaScript half together; the function that is returned gives the exports."""
        table = operations(*(area(self.state) for area in AREAS))
        host = {
            name: HostFunction(self._counted(fn, way), name=name, blocking=way is Way.AWAITED)
            for name, (way, fn) in table.items()
        }
        parts = [runtime.evaluate(_source(part), f"geppetto:{part}.js") for part in _PARTS]
        boot: JsFunction = runtime.evaluate(_source("boot"), "geppetto:boot.js")
        found: JsFunction = runtime.call(boot, host, parts)
        return found

    def close(self) -> None:
        """End what scripts have begun."""
        self.state.close()

    def _counted(self, fn: Callable[..., Any], way: Way) -> Callable[..., Any]:
        count = self.state.count_call
        if way is Way.PLAIN:

            def plain(*values: Any) -> Any:
                count(values)
                return fn(*values)

            return plain

        async def waiting(*values: Any) -> Any:
            count(values)
            return await fn(*values)

        return waiting


@cache
def _source(part: str) -> str:
    return resources.files("geppetto_js.api").joinpath("js", f"{part}.js").read_text(encoding="utf-8")
