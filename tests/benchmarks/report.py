"""From measurements to Markdown, and into docs/benchmarks.md: a section is replaced, what people wrote around it stays."""

from __future__ import annotations

import os
import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import tables
from benchmarks.contest import compete
from benchmarks.rows import ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.contestants import Contestant
    from benchmarks.disciplines import Discipline
    from benchmarks.soak import Soak

__all__ = ["growth", "peers", "replaced", "short", "soak", "write"]

_DOCS = Path(__file__).parents[2] / "docs"
_PAGE, _PICTURE = _DOCS / "benchmarks.md", _DOCS / "benchmarks-growth.svg"
_ALT = "cost by size for each row of the table, on logarithmic axes"


def peers(contestants: Sequence[Contestant], disciplines: Sequence[Discipline], rounds: int) -> str:
    """Compare and return where ours stands, all medians, and each row with its spans."""
    cells = compete(contestants, disciplines, rounds, _tell)
    pins = ", ".join(f"{one.name} {one.version}" for one in contestants if one.requires)
    return "\n".join(
        [
            _circumstances(f"{rounds} rounds, medians with min-max; {pins}"),
            tables.place_of_ours(contestants, disciplines, cells),
            tables.summary(contestants, disciplines, cells),
            tables.side_by_side(contestants, disciplines, cells),
        ]
    ).rstrip("\n")


def short(names: Sequence[str]) -> str:
    """Measure ours beside bare Python and bare httpx: a minute, without any peer; CI runs parts of it."""
    head = f"{_circumstances('rounds in turns, medians with min-max')}\n"
    head += "| what | ours: median (min-max) | floor | ratio |\n|---|--:|--:|--:|\n"
    return head + "".join(row.line() + "\n" for name in names for row in ROWS[name]())


def growth(names: Sequence[str], *, draw: bool) -> str:
    """Measure what grows and return the table; with `draw` also make the picture beside the page."""
    from benchmarks import series
    from benchmarks.growth import GROWTH
    from benchmarks.plot import picture

    found = [one for name in names for one in GROWTH[name]()]
    text = f"{_circumstances('3 rounds')}\n{series.table(found)}"
    if draw:
        _PICTURE.write_text(picture(found))
        text += f"\n![{_ALT}]({_PICTURE.name})\n"
    return text.rstrip("\n")


def soak() -> str:
    """Run for long and return what was left behind, and what chunks of long replies cost."""
    from benchmarks.soak import chunk_costs
    from benchmarks.soak import soak as run

    return f"{_circumstances('one process')}\n{_soaked(run(), chunk_costs())}".rstrip("\n")


def _soaked(found: Soak, costs: dict[int, float]) -> str:
    (short, cheap), (long, dear) = costs.items()
    kept, took, tenth, half = found.resident, found.cost, found.runs // 10, found.runs // 2
    memory = ", ".join(f"{kib:,.0f}" for kib in (kept[0], kept[len(kept) // 2 - 1], kept[-1]))
    rows = {
        f"resident memory after {tenth:,}, {half:,} and {found.runs:,} runs": f"{memory} KiB",
        "left behind by a run of the second half": f"{found.bytes_per_run:.1f} bytes",
        "a run in the first and in the last tenth": f"{took[0]:.0f} and {took[-1]:.0f} µs",
        f"a chunk of a reply of {short:,} and of {long:,} chunks, CPU": (
            f"{cheap:.1f} and {dear:.1f} µs ({dear / cheap:.2f} times)"
        ),
    }
    return "\n".join(
        ["| what | figure |", "|---|---|", *(f"| {what} | {told} |" for what, told in rows.items())]
    )


def _circumstances(how: str) -> str:
    day, ours = datetime.now(UTC).date(), version("geppetto")
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()} on {platform.system()}"
    return f"{day}, geppetto {ours}, httpx {version('httpx')}, {machine}; {how}.\n"


def write(section: str, text: str) -> None:
    """Replace a section of the page."""
    _PAGE.write_text(replaced(_PAGE.read_text(), section, text))


def replaced(page: str, section: str, text: str) -> str:
    """Return a page with other text between a section's marks; raise ValueError when it has no such section."""
    begin, end = f"<!-- begin: {section} -->\n", f"<!-- end: {section} -->"
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        msg = f"the page has no section {section!r}"
        raise ValueError(msg)
    return f"{before}{begin}\n{text.strip()}\n\n{end}{after}"


def _tell(what: str) -> None:
    sys.stderr.write(f"{what}\n")
