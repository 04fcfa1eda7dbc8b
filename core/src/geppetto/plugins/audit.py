"""The audit: holds what is installed against its own records, against the lock and against the policy; nothing is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import PluginError
from geppetto.plugins.discovery import by_distribution, discover, distribution_of
from geppetto.plugins.findings import Fault, Finding, Level, unlike
from geppetto.plugins.kinds import distribution_key
from geppetto.plugins.lock import locked_plugin
from geppetto.plugins.record import RecordUnreadable, differences, recorded
from geppetto.plugins.startup import site_folders, startup_code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from geppetto.plugins.lock import Lock, LockedPlugin
    from geppetto.plugins.policy import PluginPolicy
    from geppetto.plugins.row import Row
    from geppetto.plugins.startup import StartupCode

__all__ = ["audit"]


def audit(
    lock: Lock | None,
    policy: PluginPolicy,
    *,
    search: Sequence[str] | None = None,
    sites: Sequence[str] | None = None,
) -> list[Finding]:
    """Return what is wrong, or worth a look, by distribution; without a lock what it would say is left out.

    `search` are the folders with distributions, `sys.path` by default; `sites` those in which Python looks for `.pth` files.
    """
    offered = by_distribution(discover(search).rows)
    found = [finding for rows in offered.values() for finding in _of_files(rows, search)]
    found += _of_lock(lock, offered, search) if lock is not None else []
    found += _of_policy(policy, offered)
    found += _of_startup(site_folders() if sites is None else sites, offered, lock)
    return sorted(found, key=lambda each: (each.distribution, each.fault, each.file))


def _of_files(rows: Sequence[Row], search: Sequence[str] | None) -> Iterator[Finding]:
    """Hash the files of a distribution, the core's own as well."""
    name = rows[0].distribution
    distribution = distribution_of(name, search)
    try:
        if recorded(distribution) is None:
            text = "has no RECORD, so nobody can tell whether its files were changed"
            yield Finding(Fault.RECORD_MISSING, name, "RECORD", text, Level.WARNING)
        for each in differences(distribution):
            fault = Fault.FILE_MISSING if each.missing else Fault.FILE_CHANGED
            yield Finding(fault, name, each.path, f"{each.problem}: reinstall {name}")
    except RecordUnreadable as error:
        yield Finding(Fault.RECORD_UNREADABLE, name, "RECORD", f"{error}: reinstall {name}")


def _of_lock(
    lock: Lock, offered: Mapping[str, Sequence[Row]], search: Sequence[str] | None
) -> Iterator[Finding]:
    for rows in offered.values():
        if rows[0].is_core:
            continue
        try:
            installed = locked_plugin(rows, search)
        except PluginError:
            continue  # an unreadable RECORD is a finding already
        finding = unlike(lock.get(installed.name), installed, lock.path)
        yield from [finding] if finding else _unseen(installed)
    for key, locked in lock.plugins.items():
        if key not in offered:
            text = f"{locked.version} is locked and not installed: geppetto plugins sync"
            yield Finding(Fault.NOT_INSTALLED, locked.name, str(lock.path), text)


def _unseen(plugin: LockedPlugin) -> list[Finding]:
    if not plugin.editable:
        return []
    text = f"is editable, its code stands in {plugin.origin}: no RECORD tells of a change there"
    return [Finding(Fault.EDITABLE, plugin.name, plugin.origin, text, Level.WARNING)]


def _of_policy(policy: PluginPolicy, offered: Mapping[str, Sequence[Row]]) -> Iterator[Finding]:
    where = policy.source.get("only", "the policy")
    for rows in offered.values():
        if all(policy.omits(row) for row in rows):
            text = "is installed, and `only` does not name it: name it, or uninstall it"
            yield Finding(Fault.NOT_ALLOWED, rows[0].distribution, where, text)


def _of_startup(folders: Sequence[str], offered: Mapping[str, Any], lock: Lock | None) -> Iterator[Finding]:
    for code in startup_code(folders):
        text = f"runs at every start of Python: {code.line[:100]}"
        if code.problem:
            text = f"cannot be read, so nobody can tell what it runs: {code.problem}"
        elif not code.owner:
            text = f"belongs to no distribution and {text}: remove it, unless you put it there"
        elif not code.genuine:
            text = f"was changed after {code.owner} brought it, and {text}: reinstall {code.owner}"
        yield Finding(Fault.STARTUP_CODE, code.owner, str(code.file), text, _level(code, offered, lock))


def _level(code: StartupCode, offered: Mapping[str, Any], lock: Lock | None) -> Level:
    """Return a warning for the usual ones: tools of Python that are no plugins, and what was locked as editable."""
    key = distribution_key(code.owner)
    locked = lock.get(key) if lock else None
    usual = key not in offered or (locked is not None and locked.editable)
    return Level.WARNING if code.owner and code.genuine and usual else Level.ERROR
