"""Lets Ctrl-C reach the programs that tests start: a shell's background jobs ignore it and hand that on to their children."""

from __future__ import annotations

import signal

__all__ = ["pytest_configure"]


def pytest_configure() -> None:
    """Take the signal as a program in the foreground does; whatever is started then gets the system's default."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
