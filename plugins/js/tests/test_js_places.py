"""Names that lead nowhere: no file can have them, or what they lead to is nobody's business."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from geppetto_js import JsModuleError, Runtime


def _refused(place: Path, name: str) -> JsModuleError:
    """Return the error of requiring a name; it is written as JavaScript escapes it."""
    (place / "main.js").write_text(f"require({json.dumps(name)})")
    with Runtime(read=[place]) as runtime, pytest.raises(JsModuleError) as caught:
        runtime.run_file(place / "main.js")
    return caught.value


@pytest.mark.parametrize(
    "name",
    ["./a.js\0x", "\0", "./" + "x" * 5000, "x" * 5000, "./loop.js", "./loop.js/below", "./\ud800", "\ud800"],
)
def test_a_name_that_no_file_can_have_is_not_found(tmp_path: Path, name: str) -> None:
    """It is an error of modules like any other, short and printable."""
    (tmp_path / "loop.js").symlink_to("loop.js")

    error = _refused(tmp_path, name)

    assert error.code == "JS_MODULE_NOT_FOUND"
    assert len(error.message) < 1000
    assert error.message.isprintable()
    assert error.next_step.isprintable()


@pytest.mark.parametrize("name", ["./out/secret.js", "./out/nothing.js", "./out/loop.js", "./link.js"])
def test_a_message_tells_nothing_of_what_lies_outside(tmp_path: Path, name: str) -> None:
    """It names the path that was asked for, in the same words whatever is there."""
    outside, place = tmp_path / "hidden", tmp_path / "granted"
    outside.mkdir()
    place.mkdir()
    (outside / "secret.js").write_text("module.exports = 1")
    (outside / "loop.js").symlink_to("loop.js")
    (place / "out").symlink_to(outside)
    (place / "link.js").symlink_to(outside / "secret.js")

    error = _refused(place, name)

    asked = place / name
    assert error.code == "JS_MODULE_FORBIDDEN"
    assert error.message.startswith(f"{asked} lies outside of the granted directories")
    assert "hidden" not in error.message


def test_the_next_step_is_for_the_command_line_and_for_python(tmp_path: Path) -> None:
    """Whoever reads it can do it."""
    error = _refused(tmp_path, "./nope")

    assert "--allow-read DIR" in error.next_step
    assert "Runtime(read=[...])" in error.next_step
