"""`run --record` before anything is recorded; what comes of a recording stands in tests/test_record_and_replay.py."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Geppetto = Callable[..., subprocess.CompletedProcess[str]]


@pytest.mark.parametrize("option", ["--record", "--record-http", "--save"])
def test_a_file_that_cannot_be_written_is_told_before_the_run(
    option: str, geppetto: Geppetto, tmp_path: Path
) -> None:
    """Nothing is asked, and nothing is paid for."""
    (tmp_path / "file").touch()
    target = tmp_path / "file" / "r.yaml"

    done = geppetto("run", "-e", "echo", option, str(target), "hi")

    assert (done.returncode, done.stdout) == (2, "")
    assert f"error: {target}: cannot be written: Not a directory" in done.stderr
    assert "next:  choose a file in a folder that you may write" in done.stderr
