"""How the JavaScript thread is woken."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from geppetto_js.runtime import bell as bells
from geppetto_js.runtime.bell import QueueBell, open_bell

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto_js.runtime.bell import Bell

MAKERS: list[Callable[[], Bell]] = [open_bell, QueueBell]
on_linux = pytest.mark.skipif(sys.platform != "linux", reason="event descriptors are Linux's")


@pytest.mark.parametrize("make", MAKERS)
def test_a_ring_before_the_wait_is_heard(make: Callable[[], Bell]) -> None:
    """Nobody waits for what has happened already."""
    bell = make()
    bell.ring()

    bell.wait(None)


@pytest.mark.parametrize("make", MAKERS)
def test_a_ring_wakes_another_thread(make: Callable[[], Bell]) -> None:
    """That is what it is for."""
    bell = make()
    thread = threading.Thread(target=bell.wait, args=(None,))
    thread.start()
    bell.ring()
    thread.join(5)

    assert not thread.is_alive()


@pytest.mark.parametrize("make", MAKERS)
def test_a_wait_ends_after_its_time(make: Callable[[], Bell]) -> None:
    """Timers are due although nobody rings."""
    bell = make()
    before = time.monotonic()
    bell.wait(0.02)

    assert time.monotonic() - before >= 0.02


def _descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@on_linux
def test_a_bell_that_is_forgotten_gives_its_descriptor_back() -> None:
    """Runtimes are made by the thousand."""
    gc.collect()
    before = _descriptors()
    kept = [open_bell() for _ in range(10)]
    assert _descriptors() >= before + 10
    kept.clear()
    gc.collect()

    assert _descriptors() <= before


@on_linux
def test_a_runtime_works_where_no_descriptor_is_left() -> None:
    """It waits at a queue instead."""
    script = (
        "import resource, os; from geppetto_js import Runtime; Runtime().close()\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (len(os.listdir('/proc/self/fd')) - 1,) * 2)\n"
        "runtime = Runtime(); print(type(runtime._core.mailbox._bell).__name__, runtime.evaluate('6 * 7'))\n"
        "runtime.close()"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert done.stdout.split() == ["QueueBell", "42"], done.stderr


@on_linux
def test_linux_has_the_bell_that_lets_go_of_the_gil() -> None:
    """It costs half as much."""
    assert isinstance(open_bell(), bells.EventBell)
