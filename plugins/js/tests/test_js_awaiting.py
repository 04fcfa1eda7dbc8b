"""Classic scripts that await at their top level."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from geppetto_js import JsDeadlineExceeded, JsError, JsModule, Runtime, engine_report


@pytest.mark.needs_awaited_results
@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("const a = await sleep(1); require('host').work(6 * 7)", 42),
        ("await 1; module.exports = 5; [__filename.slice(-7)]", ["main.js"]),
        ("const console = await 3; console", 3),
    ],
)
def test_a_script_that_awaits_ends_with_its_last_value(tmp_path: Path, source: str, value: Any) -> None:
    """It has what any other has."""
    (tmp_path / "main.js").write_text(source)

    host = JsModule("host", lambda _: {"work": lambda n: n})
    with Runtime(read=[tmp_path], modules=[host]) as runtime:
        assert runtime.run_file(tmp_path / "main.js") == value


@pytest.mark.needs_interrupt
@pytest.mark.parametrize("source", ["await 1; for (;;);", "for (;;); await 1", "await new Promise(() => {})"])
def test_a_script_that_awaits_ends_at_its_deadline(tmp_path: Path, source: str) -> None:
    """Before and after the first wait, and in it."""
    (tmp_path / "main.js").write_text(source)
    with Runtime(read=[tmp_path]) as runtime, pytest.raises(JsDeadlineExceeded):
        runtime.run_file(tmp_path / "main.js", timeout=0.2)


@pytest.mark.parametrize(
    ("source", "name", "where"),
    [
        ("await 1;\nthrow new RangeError('no')", "RangeError", "main.js:2:"),
        ("throw new RangeError('no'); await 1", "RangeError", "main.js:1:"),
        ("await 1; let x = ;", "SyntaxError", "main.js:1:"),
        ("await 1; JSON.parse('{')", "SyntaxError", ""),
    ],
)
def test_what_a_script_that_awaits_throws_is_an_error_with_its_place(
    tmp_path: Path, source: str, name: str, where: str
) -> None:
    """As of any other script."""
    (tmp_path / "main.js").write_text(source)
    with Runtime(read=[tmp_path]) as runtime, pytest.raises(JsError) as caught:
        runtime.run_file(tmp_path / "main.js")

    assert caught.value.name == name
    if engine_report().capabilities.modules:
        assert where in caught.value.js_stack


def test_a_script_that_throws_a_syntax_error_runs_once(tmp_path: Path) -> None:
    """It parses: what it throws is its own, though the word `await` stands in it."""
    seen: list[int] = []
    (tmp_path / "main.js").write_text(
        "require('host').note(1); const later = async () => { await 1 }; JSON.parse('{')"
    )

    host = JsModule("host", lambda _: {"note": seen.append})
    with Runtime(read=[tmp_path], modules=[host]) as runtime, pytest.raises(JsError, match="SyntaxError"):
        runtime.run_file(tmp_path / "main.js")

    assert seen == [1]
