"""The default host, which module-level functions use: the one global of the library, and a context variable."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

from geppetto.host import Host

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["default_host", "use_host"]


class _Default:
    """The process's default host, made on first use."""

    def __init__(self, host: Host | None = None) -> None:
        self._host = host
        self._lock = threading.Lock()

    def get(self) -> Host:
        with self._lock:
            if self._host is None:
                self._host = Host()
            return self._host


_default: ContextVar[_Default] = ContextVar("geppetto_host", default=_Default())  # noqa: B039  # the one global


def default_host() -> Host:
    """Return the host that module-level functions use; it is made on first use."""
    return _default.get().get()


@contextmanager
def use_host(host: Host) -> Iterator[Host]:
    """Make `host` the default host inside a `with` block."""
    token = _default.set(_Default(host))
    try:
        yield host
    finally:
        _default.reset(token)
