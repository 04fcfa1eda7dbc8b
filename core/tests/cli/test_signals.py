"""Commands that are told to end: what came is kept, and the exit code says which signal it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from geppetto import turns
from geppetto.cli.signals import Ended, Signals
from geppetto.recording import Cassette

ENDLESS = '[{"text": "' + "and on " * 500 + '", "delay": 0.1}]'
ENDS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]


def _begun(tmp_path: Path, *options: str) -> subprocess.Popen[bytes]:
    """Start an endless run and return it when the first word of the reply is there."""
    process = subprocess.Popen(
        [sys.executable, "-m", "geppetto", "run", "-e", "scripted", "--set", f"replies={ENDLESS}", *options, "hi"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path, env={**os.environ, "GEPPETTO_HOME": str(tmp_path)},
    )  # fmt: skip
    assert process.stdout is not None
    while b"and" not in (seen := os.read(process.stdout.fileno(), 1000)):
        assert seen, "the run ended before it began"
    return process


@pytest.mark.parametrize(("number", "code"), ENDS)
@pytest.mark.parametrize("option", [(), ("--events",)])
def test_a_signal_ends_a_run_which_is_saved_and_recorded(
    number: int, code: int, option: tuple[str, ...], tmp_path: Path
) -> None:
    """The reply so far is in both files, whatever the output is."""
    process = _begun(tmp_path, *option, "--save", "s.yaml", "--record", "r.yaml")

    process.send_signal(number)
    _, err = process.communicate(timeout=30)

    saved = turns.from_yaml((tmp_path / "s.yaml").read_text("utf-8")).blocks[-1]
    [kept] = Cassette.read(tmp_path / "r.yaml").interactions
    assert process.returncode == code
    assert saved.text.startswith("and ")
    assert saved.payload["partial"] is True
    assert kept["reply"]["error"]["code"] == "RUN_CANCELED"
    assert b"Traceback" not in err


def test_two_signals_of_the_end_are_one(tmp_path: Path) -> None:
    """Service managers send both; the first is what the exit code says."""
    process = _begun(tmp_path, "--save", "s.yaml")

    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGHUP)
    process.communicate(timeout=30)

    assert process.returncode in {143, 129}  # the system may hand them over in either order
    assert (tmp_path / "s.yaml").exists()


def test_a_structured_run_is_saved_as_well(tmp_path: Path) -> None:
    """Its text is not shown, and is kept."""
    (tmp_path / "schema.json").write_text('{"type": "object"}')
    process = _begun(tmp_path, "--events", "--schema", "schema.json", "--save", "s.yaml")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 143
    assert turns.from_yaml((tmp_path / "s.yaml").read_text("utf-8")).text.startswith("and ")


def test_only_signals_that_nobody_has_are_taken() -> None:
    """`nohup` ignores one; what an application handles stays its own."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with Signals() as signals:
            signal.raise_signal(signal.SIGHUP)
            ignored = signals.code
            with pytest.raises(Ended, match="ended by SIGTERM"):
                signal.raise_signal(signal.SIGTERM)
    finally:
        signal.signal(signal.SIGHUP, before)

    assert (ignored, signals.code) == (0, 143)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
