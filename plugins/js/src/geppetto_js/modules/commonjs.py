"""The Python half of `require`: where a name leads, and how a file becomes a function."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto.errors import nearest

from geppetto_js.errors import JsModuleError
from geppetto_js.modules.loads import Loads
from geppetto_js.modules.places import shown
from geppetto_js.modules.sources import is_es_module, read_source
from geppetto_js.values.handles import HostFunction

if TYPE_CHECKING:
    from geppetto_js.modules.contract import JsModule
    from geppetto_js.modules.places import Places
    from geppetto_js.runtime.core import Core

__all__ = ["CommonJs"]

_HEAD = "(function (exports, require, module, __filename, __dirname) { "
_TAIL = "\n})"


class CommonJs:
    """Install `require` into a runtime; on its thread."""

    def __init__(self, core: Core, places: Places, modules: dict[str, JsModule]) -> None:
        self._core, self._places, self._modules = core, places, modules
        own = HostFunction(self._locate), HostFunction(self._compile), HostFunction(self._provide)
        loads = Loads(core)
        told = HostFunction(loads.begun), HostFunction(loads.ended), HostFunction(loads.stopped)
        self._js = core.border.load("geppetto_js.modules", "require.js", *own, *told)

    def enter(self, path: Path) -> None:
        """Make `require`, `module` and the like those of a main file."""
        self._core.border.call(self._js["enter"], (str(path.parent), str(path)))

    def names_of(self, name: str) -> list[str]:
        """Load a module and return what it exports."""
        names: list[str] = self._core.border.call(self._js["namesOf"], (name,))
        return names

    def _locate(self, name: str, folder: str, asker: str) -> dict[str, str]:
        if name in self._modules:
            kind = "factory" if self._modules[name].factory else "python"
            return {"kind": kind, "path": name}
        if not name.startswith((".", "/")) and not Path(name).is_absolute():
            raise self._unknown(name, asker)
        path = self._places.find(name, Path(folder) if folder else self._places.first, asker)
        if path.suffix == ".json":
            return {"kind": "json", "path": str(path), "text": read_source(path)}
        return {"kind": "script", "path": str(path), "folder": str(path.parent)}

    def _unknown(self, name: str, asker: str) -> JsModuleError:
        guess = nearest(name, self._modules)
        known = ", ".join(sorted(self._modules)) or "none"
        return JsModuleError(
            f"no module '{shown(name)}'; modules with a bare name: {known}; required by {asker}",
            subject=shown(name),
            next_step=f"did you mean {guess}?" if guess else f'files need a path: require("./{shown(name)}")',
            details={"required_by": asker},
        )

    def _compile(self, path: str) -> Any:
        source = read_source(Path(path))
        if is_es_module(Path(path), source):
            raise JsModuleError(
                f"{path} is an ES module and cannot be required",
                code="JS_MODULE_KIND",
                subject=path,
                next_step="use import, or module.exports in that file",
            )
        return self._core.border.evaluate_between(_HEAD, source, _TAIL, path)

    def _provide(self, name: str) -> Any:
        return self._modules[name].loader(self._core.owner())  # type: ignore[arg-type]  # the owner is the runtime
