"""Series as an SVG picture: one small panel each, both axes logarithmic, written by hand so that nothing is needed."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from benchmarks.tables import figure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.series import Series

__all__ = ["picture"]

_WIDTH, _HEIGHT, _COLUMNS = 330, 190, 3
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 24, 44, 34  # around a panel's axes
_STYLE = (
    "text{font:10.5px sans-serif;fill:#333}.t{font-weight:bold}.a{stroke:#999}.l{stroke:#1f6feb;fill:none;"
    "stroke-width:2}.g{stroke:#bbb;stroke-dasharray:3 3;fill:none}circle{fill:#1f6feb}rect{fill:#fff}"
)
_NOTE = "cost by size, both logarithmic; dashed: what linear growth from the first point would be"


def picture(series: Sequence[Series]) -> str:
    """Return the panels as one SVG document."""
    rows = math.ceil(len(series) / _COLUMNS)
    width, height = _WIDTH * _COLUMNS, _HEIGHT * rows + 20
    panels = [
        f'<g transform="translate({_WIDTH * (place % _COLUMNS)} {_HEIGHT * (place // _COLUMNS)})">{_panel(one)}</g>'
        for place, one in enumerate(series)
    ]
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"><title>{_NOTE}</title>'
    note = f'<text x="8" y="{height - 6}">{_NOTE}</text>'
    back = f'<style>{_STYLE}</style><rect width="{width}" height="{height}"/>'
    return "\n".join([head, back, *panels, note, "</svg>"]) + "\n"


def _panel(one: Series) -> str:
    first, low, highest = one.medians[0], min(one.medians) / 1.5, max(one.medians)
    high = max(highest, min(first * one.sizes[-1] / one.sizes[0], highest * 10)) * 1.5
    points = [
        _at(one.sizes, size, value, low, high) for size, value in zip(one.sizes, one.medians, strict=True)
    ]
    last = min(one.sizes[-1], one.sizes[0] * high / first)  # where linear growth leaves the panel
    guide = [points[0], _at(one.sizes, last, first * last / one.sizes[0], low, high)]
    title = f'<text class="t" x="8" y="16">{escape(one.title)}</text>'
    return "".join([title, _axes(), _line("g", guide), _line("l", points), *_labels(one, points)])


def _at(sizes: Sequence[int], size: float, value: float, low: float, high: float) -> tuple[float, float]:
    across = math.log(size / sizes[0]) / math.log(sizes[-1] / sizes[0])
    up = math.log(max(value, low) / low) / math.log(high / low)
    x = _LEFT + across * (_WIDTH - _LEFT - _RIGHT)
    return x, _HEIGHT - _BOTTOM - up * (_HEIGHT - _TOP - _BOTTOM)


def _axes() -> str:
    left, bottom = _LEFT - 12, _HEIGHT - _BOTTOM
    return f'<path class="a" fill="none" d="M{left} {_TOP - 14}V{bottom}H{_WIDTH - 8}"/>'


def _line(name: str, points: Sequence[tuple[float, float]]) -> str:
    return f'<polyline class="{name}" points="{" ".join(f"{x:.0f},{y:.0f}" for x, y in points)}"/>'


def _labels(one: Series, points: Sequence[tuple[float, float]]) -> list[str]:
    found = []
    for size, median, (x, y) in zip(one.sizes, one.medians, points, strict=True):
        found.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="3"/>')
        middle = 'text-anchor="middle"'
        found.append(f'<text {middle} x="{x:.0f}" y="{y - 8:.0f}">{figure(median)} {escape(one.unit)}</text>')
        found.append(f'<text {middle} x="{x:.0f}" y="{_HEIGHT - _BOTTOM + 16}">{size:,}</text>')
    return found
