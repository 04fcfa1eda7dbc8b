"""Resident memory of open streams, measured in a process of its own, where nothing else has grown before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

__all__ = ["resident_after"]

_TESTS = str(Path(__file__).parents[1])
_SECONDS = 120


def resident_after(url: str, streams: int) -> float:
    """Return the KiB of each of so many open streams; raise RuntimeError when they could not be opened."""
    command = [sys.executable, "-m", "benchmarks.worker", "geppetto", "held_streams", url, str(streams)]
    environment = {**os.environ, "PYTHONPATH": _TESTS}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=_SECONDS, check=True
    )
    found = json.loads(done.stdout.splitlines()[-1])
    if "value" not in found:
        raise RuntimeError(found)
    return float(found["value"])
