"""What strangers may import from `geppetto_js`, and what importing it costs."""

from __future__ import annotations

import subprocess
import sys

import geppetto_js
import pytest


def test_every_public_name_is_there_and_says_what_it_is_for() -> None:
    """Also those that are loaded only when they are asked for."""
    bare = [name for name in geppetto_js.__all__ if not (getattr(geppetto_js, name).__doc__ or "").strip()]

    assert bare == ["ConsoleSink"]  # the name of a type
    assert dir(geppetto_js) == sorted(geppetto_js.__all__)
    assert set(geppetto_js._HOMES) <= set(geppetto_js.__all__)
    with pytest.raises(AttributeError, match="has no attribute 'middleware_of_file'"):
        _ = geppetto_js.middleware_of_file


@pytest.mark.parity(232)
def test_files_and_turns_are_reached_by_the_package_itself() -> None:
    """As the requirement names them."""
    from geppetto_js import decode_block, decode_turn, encode_turn, middleware_from_file, tools_from_file

    assert (middleware_from_file.__module__, tools_from_file.__module__) == ("geppetto_js.files",) * 2
    turn = decode_turn({"id": "t", "blocks": [{"kind": "user", "text": "hi"}]})
    assert encode_turn(turn)["blocks"][0]["payload"] == {"text": "hi"}
    assert decode_block({"kind": "user", "text": "hi"}).text == "hi"


def test_importing_the_package_does_not_import_the_api() -> None:
    """It is for who needs a runtime only, too."""
    program = (
        "import geppetto_js, sys; print([name for name in sys.modules if name.startswith('geppetto_js.')])"
    )

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert "geppetto_js.runtime.runtime" in done.stdout
    assert "geppetto_js.api" not in done.stdout
    assert "geppetto_js.files" not in done.stdout
