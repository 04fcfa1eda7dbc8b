"""Modules that are stopped while they load: nobody gets the half of them that was there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from geppetto_js import JsDeadlineExceeded, JsError, JsModule, JsModuleError, Runtime


def _write(place: Path, **files: str) -> None:
    for name, text in files.items():
        (place / name.replace("_dot_", ".")).write_text(text)


#: exports something, and is busy so long at its first load
_SLOW = "exports.half = 1; if (!globalThis.slept) { globalThis.slept = true; for (;;) {} } exports.whole = 2"


@pytest.mark.needs_interrupt
def test_a_module_that_was_stopped_is_loaded_anew(tmp_path: Path) -> None:
    """Nobody gets the half of it that was there; nor of the one that required it."""
    _write(tmp_path, slow_dot_js=_SLOW, outer_dot_js="exports.slow = require('./slow'); exports.own = 3")

    with Runtime(read=[tmp_path]) as runtime:
        with pytest.raises(JsDeadlineExceeded):
            runtime.evaluate("require('./outer')", timeout=0.3)
        assert runtime.evaluate("require('./outer')") == {"slow": {"half": 1, "whole": 2}, "own": 3}
        assert runtime.evaluate("require('./outer').slow === require('./slow')") is True


@pytest.mark.needs_interrupt
def test_a_module_that_was_stopped_is_loaded_anew_by_the_script_that_goes_on(tmp_path: Path) -> None:
    """Where the host gave a call inside less time than the script around it has."""
    _write(tmp_path, slow_dot_js=_SLOW)

    with Runtime(read=[tmp_path]) as runtime:

        def hasty() -> None:
            with pytest.raises(JsDeadlineExceeded):
                runtime.evaluate("require('./slow')", timeout=0.3)

        runtime.define("hasty", hasty)
        assert runtime.evaluate("hasty(); require('./slow').whole") == 2


@pytest.mark.needs_guard
def test_a_module_that_used_up_the_memory_is_loaded_anew(tmp_path: Path) -> None:
    """Also where the engine ended it, and nobody stopped the call."""
    _write(
        tmp_path,
        big_dot_js="exports.half = 1; if (!globalThis.n) { n = 1; 'x'.repeat(2 ** 29); } exports.whole = 2",
    )

    with Runtime(read=[tmp_path]) as runtime:
        with pytest.raises(JsError, match="out of memory"):
            runtime.evaluate("require('./big')")
        assert runtime.evaluate("require('./big').whole") == 2


def test_a_module_of_python_that_was_stopped_is_loaded_anew() -> None:
    """As one of a file."""
    loads: list[Runtime] = []

    def load(runtime: Runtime) -> dict[str, Any]:
        loads.append(runtime)
        runtime.evaluate("for (let n = 0; n < 2e4; n++);", timeout=0 if len(loads) == 1 else None)
        return {"whole": 2}

    with Runtime(modules=[JsModule("calc", load)]) as runtime:
        with pytest.raises(JsDeadlineExceeded):
            runtime.evaluate("require('calc')")
        assert runtime.evaluate("require('calc').whole") == 2


@pytest.mark.needs_interrupt
def test_who_imports_a_module_that_was_stopped_is_told_so(tmp_path: Path) -> None:
    """The engine cannot load it again."""
    _write(tmp_path, slow_dot_mjs="for (;;) {} export const whole = 2")
    source = "import { whole } from './slow.mjs'; globalThis.found = whole"

    with Runtime(read=[tmp_path]) as runtime:
        with pytest.raises(JsDeadlineExceeded):
            runtime.evaluate(source, str(tmp_path / "main.mjs"), module=True, timeout=0.3)
        with pytest.raises(JsModuleError) as caught:
            runtime.evaluate(source, str(tmp_path / "main.mjs"), module=True, timeout=5)

    assert caught.value.code == "JS_MODULE_STOPPED"
    assert "Runtime" in caught.value.next_step
