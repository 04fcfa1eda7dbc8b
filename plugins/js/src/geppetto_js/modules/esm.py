"""ES modules: the engine resolves and links, this says what the source of each module is."""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING

from geppetto_js.errors import JsModuleError
from geppetto_js.modules.sources import imports_of, is_es_module, read_source, with_url

if TYPE_CHECKING:
    from pathlib import Path

    from geppetto_js.modules.commonjs import CommonJs
    from geppetto_js.modules.contract import JsModule
    from geppetto_js.modules.places import Places
    from geppetto_js.values.failures import Failures

__all__ = ["EsModules"]

_IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
#: names that a module cannot export, since a script could not write them
_RESERVED = re.compile(
    r"await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|"
    r"extends|false|finally|for|function|if|import|in|instanceof|let|new|null|return|static|"
    r"super|switch|this|throw|true|try|typeof|var|void|while|with|yield"
)


class EsModules:
    """The module loader of a runtime."""

    def __init__(
        self, places: Places, modules: dict[str, JsModule], commonjs: CommonJs, failures: Failures
    ) -> None:
        self._places, self._modules, self._commonjs = places, modules, commonjs
        self._importers: dict[str, str] = {}
        self._failures = failures

    def load(self, name: str) -> str:
        """Return the source of a module; `name` is resolved already."""
        try:
            return self._source(name)
        except BaseException as error:
            self._failures.replace(f"module loader failed for '{name}': {error}", error)
            raise

    def note_imports(self, source: str, filename: str) -> None:
        """Remember who imports what, for messages: the engine does not tell."""
        for name in imports_of(source):
            wanted = posixpath.join(posixpath.dirname(filename), name) if name.startswith(".") else name
            self._importers.setdefault(posixpath.normpath(wanted), filename)

    def _source(self, name: str) -> str:
        if name in self._modules:
            return self._facade(name)
        asker = self._importers.get(posixpath.normpath(name), "an import")
        path = self._places.find(name, self._places.first, asker)
        text = read_source(path)
        if path.suffix == ".json":
            return f"export default {_checked_json(path, text)};"
        if not is_es_module(path, text):
            return self._facade(str(path))
        self.note_imports(text, name)
        return with_url(path, text)

    def _facade(self, name: str) -> str:
        """Return a module that exports what `require` gives, as default and by name."""
        found = self._commonjs.names_of(name)
        names = [key for key in found if _IDENTIFIER.fullmatch(key) and not _RESERVED.fullmatch(key)]
        lines = [f'const found = globalThis[Symbol.for("geppetto.require")]({json.dumps(name)});']
        lines.append("export default found;")
        for number, key in enumerate(names):
            lines.append(f"const x{number} = found.{key}; export {{ x{number} as {key} }};")
        return "\n".join(lines)


def _checked_json(path: Path, text: str) -> str:
    try:
        return json.dumps(json.loads(text))
    except ValueError as error:
        raise JsModuleError(
            f"{path} is no JSON: {error}",
            code="JS_MODULE_UNREADABLE",
            subject=str(path),
            next_step="mend the file; JSON has no comments and no commas at the end",
        ) from error
