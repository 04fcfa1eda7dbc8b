"""The codes of errors: what the module promises, the documents tell and the sources raise are the same."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import geppetto
import geppetto_js
import pytest
from geppetto.plugins import Kind
from geppetto_js.api.faults import BOUNDARY_CODES, FACTORY_CODES, HOST_CODES, SAME_CODES

_CODE = re.compile(r"`([A-Z][A-Z_]{4,})`")
_REFERENCE = Path(__file__).parents[3] / "tests" / "support" / "reference.py"
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


@pytest.mark.parity(133, 361)
def test_the_codes_of_the_host_are_those_of_its_sources() -> None:
    """All that the core and the packages beside it raise, and no other; `python tests/support/reference.py` writes them."""
    in_sources: list[str] = runpy.run_path(str(_REFERENCE))["host_codes"]()

    assert list(HOST_CODES) == in_sources
    assert {"INSECURE_URL", "IDLE_TIMEOUT", "STORE_FAILED", "EMPTY_TURN", "JS_MODULE_STOPPED"} <= {
        *HOST_CODES
    }
    assert not {*HOST_CODES} & {*BOUNDARY_CODES, *FACTORY_CODES, *SAME_CODES}


def test_every_other_code_is_raised_somewhere() -> None:
    """One that nobody raises would be waited for in vain."""
    roots = [Path(str(package.__file__)).parent for package in (geppetto, geppetto_js)]
    files = [file for root in roots for pattern in ("*.py", "*.js") for file in root.rglob(pattern)]
    text = "\n".join(file.read_text("utf-8") for file in files if file.name != "faults.py")
    made = {f"{name}_NOT_FOUND" for name in ("REGISTRY", "PROFILE", *(kind.name for kind in Kind))}

    assert [
        code
        for code in (*BOUNDARY_CODES, *FACTORY_CODES, *SAME_CODES)
        if f'"{code}"' not in text and code not in made
    ] == []
