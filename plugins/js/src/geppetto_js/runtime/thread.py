"""Threads with a stack that is deep enough for scripts."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto_js.runtime.core import Core

__all__ = ["ScriptThread"]

#: of the C stack; the engine's own limit is a quarter of it, so that Python's frames between have room
_STACK_BYTES: Final = 16 * 1024 * 1024
#: `threading.stack_size` is one setting for the whole process
_making = threading.Lock()
if hasattr(os, "register_at_fork"):  # a thread that held it is not in the child
    os.register_at_fork(after_in_child=_making._at_fork_reinit)  # type: ignore[attr-defined]  # noqa: SLF001  # as threading itself does


class ScriptThread(threading.Thread):
    """A daemon thread with a deep stack; `core` is whose scripts run on it."""

    def __init__(self, core: Core, run: Callable[[], None]) -> None:
        super().__init__(target=run, name="geppetto-js", daemon=True)
        self.core = core

    def start(self) -> None:
        """Start it."""
        with _making:
            before = threading.stack_size(_STACK_BYTES)
            try:
                super().start()
            finally:
                threading.stack_size(before)
