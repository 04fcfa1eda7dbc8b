"""What plugins print while they are loaded goes to stderr: stdout belongs to the program, which may write JSON there."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["stdout_aside"]

_lock = threading.Lock()
#: the threads that load a plugin, each as often as its loads are nested
_loading: list[int] = []


class _ByThread:
    """Stdout for all threads but those that load; a plugin may keep it, and finds stdout in it afterwards."""

    def __init__(self, stdout: Any) -> None:
        self.before = stdout

    def __getattr__(self, name: str) -> Any:
        if threading.get_ident() in _loading:
            return getattr(sys.stderr, name)
        return getattr(self.before if sys.stdout is self else sys.stdout, name)


@contextmanager
def stdout_aside() -> Iterator[None]:
    """Send what this thread prints in the block to stderr; other threads print as ever.

    `contextlib.redirect_stdout` would take the output of all threads, and two at once would put back the wrong one.
    """
    with _lock:
        if not _loading and sys.stdout is not None and sys.stderr is not None:
            sys.stdout = _ByThread(sys.stdout)
        _loading.append(threading.get_ident())
    try:
        yield
    finally:
        with _lock:
            _loading.remove(threading.get_ident())
            if not _loading and isinstance(sys.stdout, _ByThread):
                sys.stdout = sys.stdout.before
