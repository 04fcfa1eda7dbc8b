"""The benchmarks run; what they say is for people to judge."""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=TESTS, capture_output=True, text=True, check=False, timeout=300)


def test_the_table_has_a_row_for_each_measurement() -> None:
    """Each row names ours, the floor and the ratio between them."""
    done = _run("--rows", "overhead,memory")

    rows = [line.split("|") for line in done.stdout.splitlines() if line.startswith("| ")][1:]
    assert done.returncode == 0, done.stderr
    assert len(rows) == 5
    assert all(float(row[4].replace(",", "")) > 0 for row in rows)


def test_a_row_that_does_not_exist_is_refused() -> None:
    """An unknown row is a usage error."""
    assert _run("--rows", "nothing").returncode == 2
