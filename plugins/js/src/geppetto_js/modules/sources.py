"""The text of module files, and what kind of module a text is."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from geppetto_js.errors import JsModuleError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["imports_of", "is_es_module", "read_source", "with_url"]

_COMMENT_OR_TEXT = re.compile(r"//[^\n]*|/\*.*?\*/|`(?:\\.|[^`\\])*`", re.DOTALL)
_STATEMENT = re.compile(r"^[ \t]*(?:import\s*[\w{*'\"]|export\s+[\w{*]|export\s*[{*])", re.MULTILINE)
_SPECIFIER = re.compile(r"""\b(?:from|import)\s*\(?\s*(["'])(?P<name>[^"'\n]+)\1""")


def read_source(path: Path) -> str:
    """Read a file as UTF-8; a first line that begins with `#!` is kept as a comment, so that lines keep their number."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise JsModuleError(
            f"cannot read {path}: {error}",
            code="JS_MODULE_UNREADABLE",
            subject=str(path),
            next_step="save the file as UTF-8, and see that you may read it",
        ) from error
    return "//" + text if text.startswith("#!") else text


def is_es_module(path: Path, source: str) -> bool:
    """Say whether a file is an ES module: by its ending, or else by a line that begins with import or export."""
    if path.suffix in {".mjs", ".cjs"}:
        return path.suffix == ".mjs"
    return _STATEMENT.search(_COMMENT_OR_TEXT.sub("", source)) is not None


def with_url(path: Path, source: str) -> str:
    """Return a module that finds its own place in `import.meta.url`, which the engine leaves out; lines keep their number."""
    if "import.meta" not in source:
        return source
    return f"import.meta.url = {json.dumps(path.as_uri())}; {source}"


def imports_of(source: str) -> list[str]:
    """Return the names that a module imports, as they are written."""
    return [match["name"] for match in _SPECIFIER.finditer(_COMMENT_OR_TEXT.sub("", source))]
