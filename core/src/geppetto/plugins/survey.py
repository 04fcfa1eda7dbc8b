"""Survey: what the listing commands show, from metadata or by trying plugins in child processes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import PluginError, UsageError, nearest
from geppetto.plugins.kinds import API, Kind
from geppetto.plugins.lookup import USABLE, failed
from geppetto.plugins.probe import Report, probe
from geppetto.plugins.row import Row, Source, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geppetto.plugins.registry import PluginRegistry

__all__ = ["checked_rows", "contributions", "inspect_plugin", "one_row"]


def checked_rows(registry: PluginRegistry, kind: Kind | None = None, *, limit: float = 20.0) -> list[Row]:
    """Return the rows with what came of trying each allowed one; with a strict policy a broken one raises."""
    rows = registry.vetted(kind)
    tried = {report.row.id: report.row for report in _probe(registry, rows, limit)}
    for row in tried.values():
        if registry.policy.strict and row.status is Status.FAILED:
            raise failed(row, PluginError(row.reason))
    return [tried.get(row.id, row) for row in rows]


def contributions(
    registry: PluginRegistry, kind: Kind, *, verbose: bool = False, limit: float = 20.0
) -> list[dict[str, Any]]:
    """Return the usable contributions of a kind; `verbose` imports their plugins, in child processes, to say more.

    A plugin that turns out to be broken is left out.
    """
    # what is listed is not imported, so its files need no look
    found = registry.vetted(kind) if verbose else registry.rows(kind)
    rows = [row for row in found if row.status in USABLE]
    plain = {row.id: _plain(registry, row) for row in rows}
    if not verbose:
        return list(plain.values())
    reports = [each for each in _probe(registry, rows, limit) if each.row.status is not Status.FAILED]
    return [{**plain[each.row.id], **_more(each, reports)} for each in reports]


def inspect_plugin(registry: PluginRegistry, name: str, *, limit: float = 20.0) -> dict[str, Any]:
    """Try the plugin behind a name and return all there is to say about it.

    `name` is a contribution, `distribution/contribution`, `kind:contribution` or a distribution. Raises PluginError
    for a name that nobody offers and UsageError for one that several kinds share.
    """
    rows = registry.vetted()
    row = one_row(rows, name)
    family = [each for each in rows if each.distribution == row.distribution]
    # who says the distribution asks for that very row, so its clash does not matter
    meant = row.id if row.status is Status.CONFLICT and "/" in name else None
    reports = _probe(registry, family, limit, meant)
    tried = {report.row.id: report for report in reports}
    report = tried.get(row.id) or Report(row)
    spent = [each.load_ms for each in reports if each.row.module == row.module and each.load_ms is not None]
    return {
        **report.row.to_json(),
        "api": None if row.status is Status.INCOMPATIBLE else API,
        "summary": report.about.get("description") or registry.summary(row),
        "contributions": [(tried[each.id].row if each.id in tried else each).to_json() for each in family],
        "load_ms": max(spent, default=None),
        "error": report.error,
    }


def _probe(
    registry: PluginRegistry, rows: Iterable[Row], limit: float, meant: tuple[str, str, str] | None = None
) -> list[Report]:
    """Try what may be imported: nothing that is blocked but the row that is meant, nothing that is no plugin."""
    plugins = [row for row in rows if row.source is not Source.CODE]
    asked = [row for row in plugins if row.status in USABLE or row.id == meant]
    return probe(asked, known=registry.rows(), limit=limit)


def _plain(registry: PluginRegistry, row: Row) -> dict[str, Any]:
    return {
        "name": row.name,
        "distribution": row.distribution,
        "version": row.version,
        "summary": registry.summary(row),
    }


def _more(report: Report, reports: Sequence[Report]) -> dict[str, Any]:
    about = report.about
    same = [
        each for each in reports if each.row.is_of(report.row.distribution) and _means(each, about["name"])
    ]
    more = {
        "aliases": sorted(each.row.name for each in same if each.row.name != report.row.name),
        "config_version": about["version"] or API,
        "tags": about["tags"],
    }
    return {**more, "summary": about["description"]} if about["description"] else more


def _means(report: Report, name: str) -> bool:
    return bool(report.about["name"] == name)


def one_row(rows: Sequence[Row], name: str) -> Row:
    """Return the row that a name stands for: the usable one, where several bear it.

    Raises PluginError for a name that nobody offers and UsageError for one that several kinds share.
    """
    kind, colon, rest = name.partition(":")
    found = [row for row in rows if colon and row.answers_to(kind, rest)]
    found = found or [row for row in rows if row.answers_to(row.kind, name)]
    kinds = sorted({row.kind for row in found})
    if len(kinds) > 1:
        raise UsageError(
            f"'{name}' is the name of {' and '.join(kinds)}",
            subject=name,
            next_step=f"say which: {' or '.join(f'{kind}:{name}' for kind in kinds)}",
        )
    found = found or [row for row in rows if row.is_of(name)]
    if not found:
        raise _unknown(rows, name)
    return min(found, key=lambda row: row.status not in USABLE)


def _unknown(rows: Sequence[Row], name: str) -> PluginError:
    guess = nearest(name, {each for row in rows for each in (row.name, row.distribution)})
    hint = f"; did you mean {guess}?" if guess else ""
    return PluginError(
        f"no plugin or contribution '{name}'{hint}",
        code="PLUGIN_NOT_FOUND",
        subject=name,
        next_step="geppetto plugins list",
    )
