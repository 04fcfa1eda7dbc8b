"""The short form: what ours costs beside bare Python and bare httpx, in a minute, without any peer; CI runs it."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, TextIO

from benchmarks.rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["print_short"]


def print_short(names: Sequence[str], out: TextIO) -> None:
    """Measure the named rows and print them as they come."""
    out.write(f"Python {platform.python_version()}, {platform.machine()}\n\n")
    out.write("| what | ours: median (min-max) | floor | ratio |\n|---|--:|--:|--:|\n")
    for name in names:
        for row in ROWS[name]():
            out.write(row.line() + "\n")
            out.flush()
