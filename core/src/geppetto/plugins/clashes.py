"""Clashes: who may use a name when policy and several distributions have a say."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from geppetto.plugins.kinds import CORE, Kind, distribution_key, spelling
from geppetto.plugins.row import Row, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from geppetto.plugins.policy import PluginPolicy

__all__ = ["decide"]


def decide(
    rows: Iterable[Row], policy: PluginPolicy, reserved: Mapping[Kind, Iterable[str]]
) -> tuple[Row, ...]:
    """Return the rows with policy and clashes applied, in the order of listings.

    `reserved` are names that the core takes without an entry point, such as its own commands.
    """
    permitted = [_permit(row, policy) for row in rows]
    core = {(row.kind, spelling(row.name)) for row in permitted if row.is_core}
    core |= {(str(kind), spelling(name)) for kind, names in reserved.items() for name in names}
    shared = _shared(permitted)
    decided = [_settle(row, core, shared, policy.owner) for row in permitted]
    return tuple(sorted(decided, key=lambda row: row.id))


def _permit(row: Row, policy: PluginPolicy) -> Row:
    reason = policy.blocks(row)
    return replace(row, status=Status.DISABLED, reason=reason) if reason else row


def _shared(rows: Iterable[Row]) -> dict[tuple[str, str], list[str]]:
    """Return, by kind and spelling, the distributions that offer a name."""
    owners: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        if row.status is Status.AVAILABLE:
            offered = owners.setdefault((row.kind, spelling(row.name)), [])
            if row.distribution not in offered:
                offered.append(row.distribution)
    return owners


def _settle(
    row: Row,
    core: set[tuple[str, str]],
    shared: Mapping[tuple[str, str], list[str]],
    chosen: Callable[[str, str], str | None],
) -> Row:
    """Mark a stranger's row whose name is the core's, or another stranger's without an override."""
    key = (row.kind, spelling(row.name))
    if row.status is not Status.AVAILABLE or row.is_core:
        return row
    full = f"{row.distribution}/{row.name}"
    if key in core:
        return _conflict(row, f"the name belongs to {CORE} itself; use {full}")
    owners = shared[key]
    if len(owners) == 1:
        return row
    winner = chosen(row.kind, row.name)
    if winner is None or distribution_key(winner) not in map(distribution_key, owners):
        absent = f"the override names {winner}, which does not offer it; " if winner else ""
        setting = f'[override] "{row.kind}/{row.name}" = "{row.distribution}"'
        both = " and ".join(sorted(owners))
        return _conflict(row, f"given by {both}; {absent}use {full}, or set {setting} in plugins.toml")
    if row.is_of(winner):
        return row
    return _conflict(row, f"an override gives the name to {winner}; use {full}")


def _conflict(row: Row, reason: str) -> Row:
    return replace(row, status=Status.CONFLICT, reason=reason)
