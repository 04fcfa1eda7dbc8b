"""What is printed while a plugin is loaded."""

from __future__ import annotations

import sys
import threading

import pytest
from geppetto.plugins.aside import stdout_aside


def test_the_thread_that_loads_prints_to_stderr_and_the_others_to_stdout(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Also when loads are nested; afterwards stdout is what it was, and what was kept of it writes there."""
    before = sys.stdout
    with stdout_aside():
        sys.stdout.write("loading\n")
        with stdout_aside():
            sys.stdout.write("nested\n")
        other = threading.Thread(target=print, args=("other",))
        other.start()
        other.join()
        kept = sys.stdout
    sys.stdout.write("after\n")
    kept.write("kept\n")

    out, err = capsys.readouterr()
    assert (out, err) == ("other\nafter\nkept\n", "loading\nnested\n")
    assert sys.stdout is before


def test_two_threads_that_load_at_once_leave_stdout_as_it_was() -> None:
    """Whichever of them ends first."""
    before = sys.stdout
    inside, over = threading.Event(), threading.Event()

    def load() -> None:
        with stdout_aside():
            inside.set()
            over.wait(5)

    with stdout_aside():
        other = threading.Thread(target=load)
        other.start()
        inside.wait(5)
    over.set()
    other.join()

    assert sys.stdout is before
