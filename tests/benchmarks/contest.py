"""The comparison itself: every contestant in its environment, in turns, round after round, in one run."""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.disciplines import IMPORT, ONE_SHOT
from benchmarks.loopback import answering
from benchmarks.venvs import InstallError, python_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from benchmarks.contestants import Contestant
    from benchmarks.disciplines import Discipline

__all__ = ["Cell", "compete"]

_TESTS = str(Path(__file__).parents[1])
_SECONDS = 60
_MILLI = 1000


@dataclass
class Cell:
    """What one contestant showed in one discipline: figures of each round, or why there are none."""

    figures: list[float] = field(default_factory=list)
    reason: str = ""

    @property
    def median(self) -> float:
        """The middle figure; NaN without any."""
        return statistics.median(self.figures) if self.figures else float("nan")


def compete(
    contestants: Sequence[Contestant],
    disciplines: Sequence[Discipline],
    rounds: int,
    tell: Callable[[str], object],
    *,
    python_of: Callable[[Contestant], Path] = python_of,
) -> dict[str, list[Cell]]:
    """Measure everything and return the cells by contestant, in the order of the disciplines."""
    pythons = {one.name: _python(one, tell, python_of) for one in contestants}
    cells = {one.name: [Cell() for _ in disciplines] for one in contestants}
    with answering() as url:
        for place, discipline in enumerate(disciplines):
            for number in range(rounds):
                tell(f"{discipline.title}: round {number + 1} of {rounds}")
                for one in contestants:
                    cell = cells[one.name][place]
                    _take(cell, one, discipline, pythons[one.name], url)
                    tell(f"  {one.name}: {cell.reason or cell.figures[-1]}")
    return cells


def _python(
    one: Contestant, tell: Callable[[str], object], python_of: Callable[[Contestant], Path]
) -> Path | str:
    tell(f"environment of {one.name}")
    try:
        return python_of(one)
    except InstallError as error:
        return f"not installed: {error}"


def _take(cell: Cell, one: Contestant, discipline: Discipline, python: Path | str, url: str) -> None:
    """Add a round to a cell; one that failed is not tried again."""
    if isinstance(python, str):
        cell.reason = python
    if cell.reason:
        return
    if discipline.measure == IMPORT:
        command = ["-c", f"{one.first_import}; print('{{}}')"]
    else:
        number = str(discipline.number)
        command = ["-m", "benchmarks.worker", one.adapter, discipline.measure, url, number]
    told, wall, cpu = _process([str(python), "-P", *command], dict(one.environ))
    found = _read(told)
    if "error" in found or "missing" in found:
        cell.reason = str(found.get("error", "not offered"))
    else:
        whole = {IMPORT: cpu, ONE_SHOT: wall}
        cell.figures.append(whole.get(discipline.measure, found.get("value", 0.0)))


def _process(command: list[str], environ: dict[str, str]) -> tuple[str, float, float]:
    """Run a process; return what it wrote, and its wall and CPU milliseconds."""
    environ = {**os.environ, **environ, "PYTHONPATH": _TESTS}
    before, began = _children(), time.perf_counter()
    try:
        done = subprocess.run(
            command, env=environ, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        return json.dumps({"error": f"not done in {_SECONDS} s"}), 0.0, 0.0
    wall, cpu = time.perf_counter() - began, _children() - before
    return done.stdout or done.stderr, wall * _MILLI, cpu * _MILLI


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _read(told: str) -> dict[str, Any]:
    """Read the last line of a worker: peers may print before it."""
    last = (told.strip().splitlines() or ["the process said nothing"])[-1]
    try:
        found: dict[str, Any] = json.loads(last)
    except ValueError:
        return {"error": last[:200]}
    return found
