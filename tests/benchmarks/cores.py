"""Which core measures and which answers: a thread that moves between cores measures the move."""

from __future__ import annotations

import os

__all__ = ["measure_on_one", "serve_on_another"]


def measure_on_one() -> None:
    """Keep this process, and those it starts, on the first core."""
    _keep_to(0)


def serve_on_another() -> None:
    """Keep this process on the last core, whatever its parent is kept to."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    _keep_to(-1)


def _keep_to(place: int) -> None:
    if hasattr(os, "sched_setaffinity"):  # elsewhere the system decides
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[place]})
