"""The codes of errors: what the module promises, the documents tell and the sources raise are the same."""

from __future__ import annotations

import re
from pathlib import Path

import geppetto
import geppetto_js
from geppetto.plugins import Kind
from geppetto_js.api.faults import BOUNDARY_CODES, FACTORY_CODES, HOST_CODES

_CODE = re.compile(r"`([A-Z][A-Z_]{4,})`")
_DOCUMENT = Path(__file__).parents[3] / "docs" / "javascript" / "errors.md"


def test_the_document_has_a_row_for_every_code() -> None:
    """And none for a code that the module does not promise."""
    text = _DOCUMENT.read_text("utf-8")
    told = {
        code
        for line in text.splitlines()
        if line.startswith("| `")
        for code in _CODE.findall(line.split("|")[1])
    }

    assert told == {*BOUNDARY_CODES.values(), *FACTORY_CODES, *HOST_CODES}


def test_every_code_is_raised_somewhere() -> None:
    """One that nobody raises would be waited for in vain."""
    roots = [Path(str(package.__file__)).parent for package in (geppetto, geppetto_js)]
    files = [file for root in roots for pattern in ("*.py", "*.js") for file in root.rglob(pattern)]
    text = "\n".join(file.read_text("utf-8") for file in files if file.name != "faults.py")
    made = {f"{name}_NOT_FOUND" for name in ("REGISTRY", "PROFILE", *(kind.name for kind in Kind))}

    assert [
        code
        for code in (*BOUNDARY_CODES, *FACTORY_CODES, *HOST_CODES)
        if f'"{code}"' not in text and code not in made
    ] == []
