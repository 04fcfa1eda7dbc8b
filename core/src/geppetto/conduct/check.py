"""The check of one plugin: what was observed of it, as findings that say what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.conduct.finding import Fault, Finding, Level
from geppetto.conduct.observed import observe
from geppetto.conduct.vendor import foreign, needs_of_core, owners_of_modules
from geppetto.plugins.lookup import USABLE
from geppetto.plugins.row import Status
from geppetto.plugins.survey import one_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from geppetto.conduct.observed import Observed
    from geppetto.plugins.registry import PluginRegistry
    from geppetto.plugins.row import Row

__all__ = ["Verdict", "check_plugin", "findings"]

_LATER = "do it where the contribution is built or used, not where its module is imported"
_STEPS = {
    Fault.DIALS: _LATER,
    Fault.WRITES: _LATER,
    Fault.STARTS_PROCESS: _LATER,
}
_DOES = {
    Fault.DIALS: "reaches for the network",
    Fault.WRITES: "changes files",
    Fault.STARTS_PROCESS: "starts a process",
}


@dataclass(slots=True, frozen=True)
class Verdict:
    """What a check of a distribution came to; `load_ms` is the time of each module, without the core's."""

    distribution: str
    version: str
    contributions: tuple[str, ...]
    load_ms: Mapping[str, float | None]
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        """Say whether no rule is broken; a warning breaks none."""
        return all(each.level is Level.WARNING for each in self.findings)

    def to_json(self) -> dict[str, Any]:
        """Return the verdict as `plugins check --json` prints it."""
        return {
            "distribution": self.distribution,
            "version": self.version,
            "ok": self.ok,
            "contributions": list(self.contributions),
            "load_ms": dict(self.load_ms),
            "findings": [each.to_json() for each in self.findings],
        }


def check_plugin(
    registry: PluginRegistry, name: str, *, limit: float = 20.0, import_ms: float = 100.0
) -> Verdict:
    """Load the distribution behind a name, each of its modules in processes of its own, and judge it.

    Each process has `limit` seconds; a module that takes more than `import_ms` is slow. Raises PluginError for a name
    that nobody offers and UsageError for one that several kinds share.
    """
    rows = registry.vetted()
    row = one_row(rows, name)
    family = [each for each in rows if each.distribution == row.distribution]
    loaded = [each for each in family if each.status in (*USABLE, Status.CONFLICT)]
    modules: dict[str, list[Row]] = {}
    for each in loaded:
        modules.setdefault(each.module, []).append(each)
    observed = [observe(group, rows, limit=limit, enough_ms=import_ms) for group in modules.values()]
    owners, harmless = owners_of_modules(), needs_of_core()
    found = list(_of_rows(family))
    for module in observed:
        others = foreign(module.modules, row.distribution, owners, harmless)
        found += findings(module, others, import_ms=import_ms)
    return Verdict(
        row.distribution,
        row.version,
        tuple(f"{each.kind}:{each.name}" for each in family),
        {module.module: module.load_ms for module in observed},
        tuple(found),
    )


def findings(
    observed: Observed, others: Mapping[str, Sequence[str]], *, import_ms: float
) -> Iterator[Finding]:
    """Judge what was observed of a module; `others` are the modules of vendors that it brought, by distribution."""
    module = observed.module
    yield from _of_reports(observed)
    for fault, what, where in observed.seen:
        kind, at = Fault(fault), f" at {where}" if where else ""
        yield Finding(kind, module, f"loading it {_DOES[kind]}: {what}{at}", _STEPS[kind])
    if observed.logging:
        step = "leave logging to the application: write to a logger of your own"
        yield Finding(Fault.CONFIGURES_LOGGING, module, "loading it changes the root logger", step)
    if observed.printed:
        step = "write to a logger of your own, or say nothing"
        yield Finding(Fault.PRINTS, module, f"loading it writes to the terminal: {observed.printed}", step)
    for name, tops in others.items():
        text, step = (
            f"loading it imports {', '.join(tops)} of {name}",
            "import it inside the function that needs it",
        )
        yield Finding(Fault.IMPORTS_VENDOR, module, text, step)
    if observed.load_ms is not None and observed.load_ms > import_ms:
        text = f"loading it takes {observed.load_ms:.0f} ms, without the core; {import_ms:g} are enough"
        step = f"see what takes long: python -X importtime -c 'import {module}'"
        yield Finding(Fault.SLOW, module, text, step, Level.WARNING)
    yield from (_read(fault) for fault in observed.faults)


def _of_reports(observed: Observed) -> Iterator[Finding]:
    for report in observed.reports:
        row = report.row
        if row.status is Status.FAILED:
            step = f"see the traceback: geppetto plugins show {row.kind}:{row.distribution}/{row.name}"
            yield Finding(Fault.NOT_LOADED, row.title, row.reason, step)
        elif row.status is Status.LOADED and row.reason:
            step = "add an entry point for each, or do not give it"
            yield Finding(Fault.SURPLUS, row.title, row.reason, step, Level.WARNING)


def _of_rows(rows: Sequence[Row]) -> Iterator[Finding]:
    """Say which rows cannot be used by their names, and why."""
    for row in rows:
        if row.status is Status.CONFLICT:
            step = "another name is clear of it; what else is installed is not the plugin's fault"
            yield Finding(Fault.CLASH, row.title, row.reason, step, Level.WARNING)
        elif row.status not in USABLE:
            step = f"geppetto plugins show {row.kind}:{row.distribution}/{row.name}"
            yield Finding(Fault.UNUSABLE, row.title, row.reason, step)


def _read(fault: Mapping[str, str]) -> Finding:
    given = dict(fault)
    return Finding(Fault(given.pop("code")), level=Level(given.pop("level")), **given)
