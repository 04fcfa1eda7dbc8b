"""A cost by size: the shape of every growth measurement, and how it reads as a table."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.tables import figure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["Series", "measured", "table"]


@dataclass(frozen=True)
class Series:
    """What something costs at each size: figures of each round by size."""

    title: str
    unit: str
    sizes: tuple[int, ...]
    figures: tuple[tuple[float, ...], ...]

    @property
    def medians(self) -> list[float]:
        """The middle figure of each size."""
        return [statistics.median(each) for each in self.figures]

    @property
    def exponent(self) -> float:
        """The power of the size that the last step follows: 0 is flat, 1 linear, 2 quadratic."""
        (before, last), (small, large) = self.medians[-2:], self.sizes[-2:]
        return math.log(last / before) / math.log(large / small)


def measured(
    title: str, unit: str, sizes: Sequence[int], cost: Callable[[int], float], *, rounds: int = 3
) -> Series:
    """Measure each size in turns, round after round."""
    found: list[list[float]] = [[] for _ in sizes]
    for _ in range(rounds):
        for figures, size in zip(found, sizes, strict=True):
            figures.append(cost(size))
    return Series(title, unit, tuple(sizes), tuple(map(tuple, found)))


def table(series: Sequence[Series]) -> str:
    """Return one line per series, its sizes and costs, and the power that its last step follows."""
    lines = ["| what | size: median (min-max) | grows as size to the power of |", "|---|---|--:|"]
    for one in series:
        pairs = zip(one.sizes, one.figures, strict=True)
        cells = "; ".join(f"{size:,}: {_shown(figures)} {one.unit}" for size, figures in pairs)
        lines.append(f"| {one.title} | {cells} | {one.exponent:.2f} |")
    return "\n".join(lines) + "\n"


def _shown(figures: tuple[float, ...]) -> str:
    span = f" ({figure(min(figures))}-{figure(max(figures))})" if len(figures) > 1 else ""
    return figure(statistics.median(figures)) + span
