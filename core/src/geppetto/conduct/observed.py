"""What a child saw of one module while it was loaded, and how children are asked."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from geppetto.plugins.child import Child
from geppetto.plugins.kinds import CORE
from geppetto.plugins.probe import Report, lost, read_report, tasks_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.plugins.row import Row

__all__ = ["Observed", "observe"]

#: a module that takes longer than it may is loaded that often, and the best time counts
_TRIES = 3


@dataclass(slots=True, frozen=True)
class Observed:
    """One module: the reports of its rows, what it did, the modules it brought, what it printed, what it gives."""

    module: str
    reports: tuple[Report, ...]
    seen: tuple[tuple[str, str, str], ...] = ()
    modules: tuple[str, ...] = ()
    logging: bool = False
    printed: str = ""
    faults: tuple[dict[str, str], ...] = ()
    load_ms: float | None = None


def observe(rows: Sequence[Row], known: Sequence[Row], *, limit: float, enough_ms: float) -> Observed:
    """Load the rows of one module, each time in a process of its own with `limit` seconds.

    The first time shows which modules of the core it needs; then these are there before, so that their time, and what
    they import, is not the plugin's.
    """
    own = _own(rows[0])
    scout = _loaded(rows, known, own, (), limit)
    if all(report.error for report in scout.reports):
        return replace(
            scout, modules=(), load_ms=None
        )  # what cannot be loaded is not loaded better the next time
    core = [name for name in scout.modules if _is_core(name) and not _is_below(name, own)]
    found = _loaded(rows, known, own, core, limit)
    for _ in range(_TRIES - 1):
        if found.load_ms is None or found.load_ms <= enough_ms:
            break
        again = _loaded(rows, known, own, core, limit)
        found = min(found, again, key=lambda each: each.load_ms or found.load_ms or 0.0)
    # a folder is made, and a notice printed, the first time only
    return replace(
        found,
        seen=tuple(dict.fromkeys((*scout.seen, *found.seen))),
        logging=scout.logging or found.logging,
        printed=scout.printed or found.printed,
    )


def _loaded(
    rows: Sequence[Row], known: Sequence[Row], own: str, before: Sequence[str], limit: float
) -> Observed:
    order = {"tasks": tasks_of(rows, known), "own": [own], "before": list(before)}
    with Child("geppetto.conduct.child", order) as child:
        answers, fate = child.answers(time.monotonic() + limit, limit)
    told = {report.row.id: report for report in map(read_report, answers) if report}
    reports = tuple(told.get(row.id) or lost(row, fate) for row in rows)
    last = next((answer for answer in answers if "observed" in answer), None)
    return _read(rows[0].module, reports, last) if last else Observed(rows[0].module, reports)


def _read(module: str, reports: tuple[Report, ...], answer: dict[str, Any]) -> Observed:
    observed = answer["observed"]
    return Observed(
        module,
        reports,
        seen=tuple((fault, what, where) for fault, what, where in observed["seen"]),
        modules=tuple(observed["modules"]),
        logging=observed["logging"],
        printed=observed["printed"],
        faults=tuple(answer["faults"]),
        load_ms=max((each.load_ms for each in reports if each.load_ms is not None), default=None),
    )


def _own(row: Row) -> str:
    """Return the package whose modules are the plugin's: of the core, only that which offers."""
    return row.module.rpartition(".")[0] if row.is_core else row.module.partition(".")[0]


def _is_core(module: str) -> bool:
    return _is_below(module, CORE)


def _is_below(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")
