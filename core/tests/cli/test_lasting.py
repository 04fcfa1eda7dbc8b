"""Runs whose output breaks: what a file waits for is written all the same, then the failure is told."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from geppetto import turns
from geppetto.recording import Cassette

KEEP = ("--save", "s.yaml", "--record", "r.yaml")


def _shell(line: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    own = {"GEPPETTO_HOME": str(tmp_path / "home"), "G": f"{sys.executable} -m geppetto run -e echo"}
    return subprocess.run(
        ["bash", "-c", line], capture_output=True, text=True, check=False, cwd=tmp_path, timeout=60,
        env={**os.environ, **own}, stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize("option", ["", "--json", "--events"])
@pytest.mark.parametrize("end", [">/dev/full", ">&-", "| true"])
def test_the_whole_reply_is_saved_and_recorded(option: str, end: str, tmp_path: Path) -> None:
    """On a full disk, without stdout, and for a reader that goes at once."""
    done = _shell(f"seq 1 300 | $G {option} {' '.join(KEEP)} - {end}", tmp_path)

    text = turns.from_yaml((tmp_path / "s.yaml").read_text("utf-8")).text
    assert text.split()[-1] == "300"
    [kept] = Cassette.read(tmp_path / "r.yaml").interactions
    assert "blocks" in kept["reply"]
    assert ("OUTPUT_FAILED" in done.stderr) is (end != "| true")
    assert "Traceback" not in done.stderr


def test_a_terminal_that_is_closed_ends_a_run_which_is_saved(tmp_path: Path) -> None:
    """Nothing can be shown any more, neither the reply nor what became of it."""
    leader, follower = pty.openpty()
    script = '[{"text": "' + "and on " * 500 + '", "delay": 0.1}]'
    process = subprocess.Popen(
        [sys.executable, "-m", "geppetto", "run", "-e", "scripted", "--set", f"replies={script}", "--save", "s.yaml", "hi"],
        stdin=follower, stdout=follower, stderr=follower, cwd=tmp_path, start_new_session=True,
        env={**os.environ, "GEPPETTO_HOME": str(tmp_path), "TERM": "dumb"},
    )  # fmt: skip
    os.close(follower)
    while b"and" not in os.read(leader, 1000):
        pass

    os.close(leader)  # from now on what is written there is an error
    process.send_signal(signal.SIGHUP)
    code = process.wait(30)

    assert code in {1, 129}
    assert turns.from_yaml((tmp_path / "s.yaml").read_text("utf-8")).text.startswith("and ")
