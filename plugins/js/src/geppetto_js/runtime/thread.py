"""Threads with a stack that is deep enough for scripts."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["STACK_BYTES", "start_thread"]

#: of the C stack; the engine's own limit is a quarter of it, so that Python's frames between have room
STACK_BYTES: Final = 16 * 1024 * 1024
#: `threading.stack_size` is one setting for the whole process
_making = threading.Lock()


def start_thread(run: Callable[[], None], name: str) -> threading.Thread:
    """Start a daemon thread with a deep stack."""
    thread = threading.Thread(target=run, name=name, daemon=True)
    with _making:
        before = threading.stack_size(STACK_BYTES)
        try:
            thread.start()
        finally:
            threading.stack_size(before)
    return thread
