"""Modules in a runtime: `require`, `import`, and running a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto_js.errors import JsError
from geppetto_js.modules.commonjs import CommonJs
from geppetto_js.modules.esm import EsModules
from geppetto_js.modules.places import Places
from geppetto_js.modules.sources import is_es_module, read_source, with_url

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto_js.modules.contract import JsModule
    from geppetto_js.runtime.core import Core

__all__ = ["Modules"]

#: on one line with what follows, so that lines keep their numbers
_ASYNC_HEAD, _ASYNC_TAIL = "(async function () { ", "\n})"


class Modules:
    """Install both kinds of modules; on the JavaScript thread, before any script."""

    def __init__(self, core: Core, read: Sequence[Path], modules: Sequence[JsModule]) -> None:
        self._core = core
        self._places = Places(read)
        named = {module.name: module for module in modules}
        self._commonjs = CommonJs(core, self._places, named)
        self._es = EsModules(self._places, named, self._commonjs, core.border.failures)
        core.engine.set_module_loader(self._es.load)

    def evaluate(self, source: str, filename: str, take: int | None = None) -> Any:
        """Run an ES module and return the promise of its end (`take` as in `Border.evaluate`)."""
        self._es.note_imports(source, filename)
        return self._core.border.evaluate(source, filename, module=True, take=take)

    def run_file(self, path: Path, take: int | None = None) -> Any:
        """Run a file as the main one: as a classic script with `require`, or as an ES module.

        With `take`, the number of a function, that gets the last value (see `Border.evaluate`).
        """
        place = self._places.find(str(path.absolute()), Path("/"), "run_file")
        source = read_source(place)
        if is_es_module(place, source):
            return self.evaluate(with_url(place, source), str(place), take)
        self._commonjs.enter(place)
        return self._script(source, str(place), take)

    def check_file(self, path: Path) -> None:
        """Parse a file without running it; raise JsError for what is no JavaScript."""
        place = self._places.find(str(path.absolute()), Path("/"), "check_file")
        source = read_source(place)
        if is_es_module(place, source):
            self._core.border.check_module(source, str(place))
        else:
            self._core.border.evaluate_between(_ASYNC_HEAD, source, _ASYNC_TAIL, str(place))

    def _script(self, source: str, filename: str, take: int | None) -> Any:
        """Run a classic script, also one that awaits at its top level."""
        try:
            return self._core.border.evaluate(source, filename, take=take)
        except JsError as error:
            if error.name != "SyntaxError" or "await" not in source or self._parses(source):
                raise
        return self._awaiting(source, filename, take)

    def _parses(self, source: str) -> bool:
        """Say whether a script is whole as it is: then a SyntaxError is one that it threw, and it must not run again."""
        try:
            self._core.border.evaluate(f"(function () {{ {source}\n}})", "geppetto:parse")
        except JsError:
            return False
        return True

    def _awaiting(self, source: str, filename: str, take: int | None) -> Any:
        """Run a script that awaits; where the engine cannot, as an async function, whose value is what it returns."""
        border = self._core.border
        if border.engine.report.capabilities.awaited_results:
            try:
                return border.evaluate(source, filename, awaiting=True, take=take)
            except JsError as error:
                if error.name != "SyntaxError":  # else it may have a `return`, which only functions can
                    raise
        run = border.evaluate_between(_ASYNC_HEAD, source, _ASYNC_TAIL, filename)
        promise = border.call(run.id_for(self._core.owner()), ())
        return promise if take is None else border.call(take, (promise,))
