"""The short form: what ours costs beside bare Python and bare httpx, in a minute, without any peer; CI runs it."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING

from benchmarks.rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["short_table"]


def short_table(names: Sequence[str]) -> str:
    """Measure the named rows and return them as a table."""
    head = f"Python {platform.python_version()}, {platform.machine()}\n\n"
    head += "| what | ours: median (min-max) | floor | ratio |\n|---|--:|--:|--:|\n"
    return head + "".join(row.line() + "\n" for name in names for row in ROWS[name]())
