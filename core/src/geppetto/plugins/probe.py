"""Probe: tries plugins in child processes, one per module, so that one which hangs or exits loses only itself.

`python -m geppetto.plugins.probe` is the child: it reads rows from standard input and writes a line of JSON for each
as soon as it is known.
"""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from geppetto.plugins.child import Child
from geppetto.plugins.lookup import promised
from geppetto.plugins.row import Row, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Report", "lost", "probe", "read_report", "tasks_of"]

_MODULE = "geppetto.plugins.probe"
#: children at a time
_AT_ONCE = 8


@dataclass(slots=True, frozen=True)
class Report:
    """What came of trying a row: the row with its new status, the time, the error, and what the contribution says.

    `load_ms` counts from before the import of the module. `about` has `name`, `description`, `version`, `tags`.
    """

    row: Row
    load_ms: float | None = None
    error: dict[str, Any] | None = None
    about: dict[str, Any] = field(default_factory=dict)


def probe(rows: Iterable[Row], *, known: Iterable[Row] = (), limit: float = 20.0) -> list[Report]:
    """Try the rows, each module in a process of its own with `limit` seconds; results keep the order of rows.

    `known` are the other rows there are: an alias may rely on one that is not tried.
    """
    wanted, everything = list(rows), list(known)
    modules: dict[tuple[str, str], list[Row]] = {}
    for row in wanted:
        modules.setdefault((row.distribution, row.module), []).append(row)
    batches = list(modules.values())
    reports = {
        report.row.id: report
        for start in range(0, len(batches), _AT_ONCE)
        for report in _together(batches[start : start + _AT_ONCE], everything, limit)
    }
    return [reports[row.id] for row in wanted]


def _together(batches: Sequence[list[Row]], known: Sequence[Row], limit: float) -> Iterator[Report]:
    """Start one child for each batch, then wait for all of them until the time is up."""
    until = time.monotonic() + limit
    with ExitStack() as stack:
        children = [stack.enter_context(Child(_MODULE, tasks_of(rows, known))) for rows in batches]
        for rows, child in zip(batches, children, strict=True):
            yield from _reports(child, rows, until, limit)


def _reports(child: Child, rows: Sequence[Row], until: float, limit: float) -> list[Report]:
    """Wait, then return a report for every row: the child's, or why there is none."""
    answers, fate = child.answers(until, limit)
    told = {report.row.id: report for report in map(read_report, answers) if report}
    return [told.get(row.id) or lost(row, fate) for row in rows]


def tasks_of(rows: Sequence[Row], known: Sequence[Row]) -> list[dict[str, Any]]:
    """Return what a child needs to know of rows to try them."""
    return [{"row": row.to_json(), "promised": promised(row, [*known, *rows])} for row in rows]


def read_report(answer: dict[str, Any]) -> Report | None:
    """Return the report in an answer of a child, None for one that is none."""
    try:
        return Report(Row.from_json(answer["row"]), answer["load_ms"], answer["error"], answer["about"])
    except (ValueError, KeyError, TypeError):
        return None


def lost(row: Row, fate: str) -> Report:
    """Return the report of a row of which its child did not tell, with how that ended."""
    error = {"type": "ProbeFailed", "message": fate}
    return Report(replace(row, status=Status.FAILED, reason=fate), error=error)


if __name__ == "__main__":
    from geppetto.plugins.probe_child import main

    main()
