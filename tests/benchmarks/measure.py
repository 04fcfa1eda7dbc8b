"""How things are measured: rounds that take turns, medians with their span, ratios within one run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

__all__ = ["Row", "alternate", "alternate_async", "compare", "process"]


@dataclass(frozen=True)
class Row:
    """One line of the table: ours and the floor, in the unit that is named."""

    name: str
    unit: str
    ours: float
    floor: float
    floor_name: str
    span: tuple[float, float]

    @property
    def ratio(self) -> float:
        """How many times the floor ours costs."""
        return self.ours / self.floor if self.floor else float("nan")

    def line(self) -> str:
        """Return the row of a Markdown table."""
        low, high = self.span
        return (
            f"| {self.name} | {self.ours:,.1f} {self.unit} ({low:,.1f}-{high:,.1f}) "
            f"| {self.floor:,.1f} {self.unit} {self.floor_name} | {self.ratio:,.2f} |"
        )


def compare(name: str, unit: str, ours: list[float], floor: list[float], floor_name: str) -> Row:
    """Make a row of the rounds of two measurements."""
    span = (min(ours), max(ours))
    return Row(name, unit, statistics.median(ours), statistics.median(floor), floor_name, span)


def alternate(
    ours: Callable[[], object], floor: Callable[[], object], *, rounds: int = 5
) -> tuple[list[float], list[float]]:
    """Time two functions in turns, after one of each that does not count; seconds."""
    ours()
    floor()
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for times, work in zip(found, (ours, floor), strict=True):
            began = time.perf_counter()
            work()
            times.append(time.perf_counter() - began)
    return found


async def alternate_async(
    ours: Callable[[], Awaitable[object]], floor: Callable[[], Awaitable[object]], *, rounds: int = 5
) -> tuple[list[float], list[float]]:
    """Time two async functions in turns, after one of each that does not count; seconds."""
    await ours()
    await floor()
    found: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for times, work in zip(found, (ours, floor), strict=True):
            began = time.perf_counter()
            await work()
            times.append(time.perf_counter() - began)
    return found


def process(*arguments: str) -> Callable[[], object]:
    """Return a function that runs Python with these arguments in a process of its own."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
