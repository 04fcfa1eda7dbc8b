"""Vetting: what plugins.lock says of what is installed: which plugin may be imported, where only locked ones may, and which is missing."""

from __future__ import annotations

import os.path
from dataclasses import replace
from functools import cached_property
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

from geppetto.errors import ConfigError, PluginError
from geppetto.plugins.discovery import by_distribution, distribution_of
from geppetto.plugins.findings import unlike
from geppetto.plugins.kinds import distribution_key
from geppetto.plugins.lock import Lock, LockedPlugin, locked_plugin, read_lock
from geppetto.plugins.policy import Trust
from geppetto.plugins.row import Row, Source, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geppetto.plugins.policy import PluginPolicy

__all__ = ["Vetting"]


class Vetting:
    """Hold what is installed against the lock that the policy names.

    The lock is read on first use, and for blocking only where `trust` is `locked`; there, whatever cannot be read blocks.
    """

    def __init__(self, policy: PluginPolicy, search: Sequence[str] | None = None) -> None:
        self._policy, self._search = policy, search
        self._locked_only = policy.trust is Trust.LOCKED and not policy.no_plugins
        #: why a distribution's files may not be loaded, nothing where they may
        self._judged: dict[str, str] = {}

    @cached_property
    def _read(self) -> tuple[Lock | None, str]:
        """Return the lock, and what is wrong with it."""
        if self._policy.lock_file is None or self._policy.no_plugins:
            return None, ""
        try:
            return read_lock(self._policy.lock_file), ""
        except ConfigError as error:
            return None, f"{error.message} ({error.next_step})"

    def permitted(self, rows: Sequence[Row]) -> list[Row]:
        """Return the rows, those of plugins that are not what is locked as disabled ones."""
        if not self._locked_only:
            return list(rows)
        reasons = {
            key: self._reason(found) for key, found in by_distribution(rows).items() if not found[0].is_core
        }
        return [_disabled(row, reasons.get(distribution_key(row.distribution), "")) for row in rows]

    def refusal(self, row: Row) -> str:
        """Return why the files of a row's plugin may not be imported now, or nothing where they may.

        Where only locked plugins are trusted, they are hashed once, before the first of them is imported.
        """
        if not self._locked_only or row.is_core or row.source is Source.CODE or row.status is Status.LOADED:
            return ""
        key = distribution_key(row.distribution)
        if key not in self._judged:
            self._judged[key] = self._changed(row.distribution)
        return self._judged[key] or self._shadow(row)

    def missing(self, rows: Sequence[Row]) -> list[LockedPlugin]:
        """Return what is locked and not installed, by name; `rows` are all that were discovered."""
        lock, _ = self._read
        there = by_distribution(rows)
        return [each for key, each in sorted(lock.plugins.items()) if key not in there] if lock else []

    def cure(self, kind: str, name: str, rows: Sequence[Row]) -> str:
        """Return what to do for a name that a plugin offers which is locked and not installed, or nothing."""
        for each in self.missing(rows):
            if each.offers_name(kind, name):
                return (
                    f"geppetto plugins sync: {each.name} offers it, is in plugins.lock and is not installed"
                )
        return ""

    @property
    def has_lock(self) -> bool:
        """Say whether there is a lock that can be read."""
        return self._read[0] is not None

    def notes(self) -> list[str]:
        """Return a sentence about a lock that is of no use, or that is missing where it decides."""
        lock, problem = self._read
        if lock is not None or self._policy.no_plugins:
            return []
        if self._locked_only:
            return [self._without_lock(problem)]
        return [problem] if problem else []

    def _reason(self, rows: Sequence[Row]) -> str:
        lock, problem = self._read
        if lock is None:
            return self._without_lock(problem)
        try:
            installed = locked_plugin(rows, self._search)
        except PluginError as error:
            return f"{self._rule()}: {error.message}: {error.next_step}"
        finding = unlike(lock.get(installed.name), installed, lock.path)
        return f"{self._rule()}: it {finding.message}" if finding else ""

    def _without_lock(self, problem: str) -> str:
        if problem:
            return f"{self._rule()}, and the lock cannot be read: {problem}"
        where = self._policy.lock_file or "lock"
        return f"{self._rule()}, and there is no {where}: geppetto plugins freeze writes it"

    def _rule(self) -> str:
        return f'trust = "locked" in {self._policy.source.get("trust", "the policy")}'

    def _changed(self, name: str) -> str:
        from geppetto.plugins.record import RecordUnreadable, differences

        try:
            first = next(differences(distribution_of(name, self._search)), None)
        except RecordUnreadable as error:
            return f"{self._rule()}: its RECORD {error}: reinstall {name}"
        if first is None:
            return ""
        return f"{self._rule()}: {first.path} {first.problem}: geppetto plugins audit tells all, then reinstall {name}"

    def _shadow(self, row: Row) -> str:
        """Return why the module that Python would import is none of the files that were just hashed."""
        lock, _ = self._read
        locked = lock.get(row.distribution) if lock else None
        if locked is None or locked.editable or not locked.record:
            return ""  # the user locked what has no files to compare
        found = _origin(row.module.partition(".")[0])
        if not found or found in _files(distribution_of(row.distribution, self._search)):
            return ""
        return f"{self._rule()}: {row.module} would be imported from {found}, which is no file of {row.distribution}"


def _disabled(row: Row, reason: str) -> Row:
    if not reason or row.status is not Status.AVAILABLE:
        return row
    return replace(row, status=Status.DISABLED, reason=reason)


def _origin(package: str) -> str:
    """Return the file that an import of a package would run, without running it; nothing for a namespace."""
    spec = PathFinder.find_spec(package)
    return os.path.realpath(spec.origin) if spec and spec.origin else ""


def _files(distribution: Any) -> set[str]:
    from geppetto.plugins.record import recorded

    found: Iterable[Any] = recorded(distribution) or ()
    return {os.path.realpath(str(distribution.locate_file(each.path))) for each in found}
