"""PluginRegistry: every contribution by kind and name, imported when it is asked for."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from threading import RLock
from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption, NotFound, PluginError
from geppetto.plugins.aside import stdout_aside
from geppetto.plugins.clashes import decide
from geppetto.plugins.kinds import Kind, spelling
from geppetto.plugins.lookup import USABLE, blocked, failed, promised, winner
from geppetto.plugins.policy import PluginPolicy, Trust
from geppetto.plugins.row import Row, Source, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geppetto.plugins.discovery import Discovery
    from geppetto.plugins.loader import Loader
    from geppetto.plugins.lock import LockedPlugin
    from geppetto.plugins.vetting import Vetting

__all__ = ["PluginRegistry"]

_CODE = "(code)"


class PluginRegistry:
    """Know what is installed, allowed and clashing from metadata alone; import a plugin when it is used.

    Metadata are read on first use. `path` are folders with installed distributions, `sys.path` by default;
    `reserved` are names the core takes without an entry point. Safe to use from several threads.
    """

    def __init__(
        self,
        policy: PluginPolicy | None = None,
        *,
        path: Sequence[str] | None = None,
        reserved: Mapping[Kind, Iterable[str]] | None = None,
    ) -> None:
        self.policy = policy or PluginPolicy()
        self._path = path
        self._reserved = reserved or {}
        self._lock = RLock()
        self._found: Discovery | None = None
        self._loader: Loader | None = None
        self._rows: dict[tuple[str, str, str], Row] = {}
        self._code: dict[tuple[str, str, str], Any] = {}

    def rows(self, kind: Kind | None = None) -> list[Row]:
        """Return what is promised, sorted by kind, name and distribution; nothing is imported."""
        self._discover()
        # without plugins, a listing holds the core's rows and what the application added
        bare = self.policy.no_plugins
        found = [
            row for row in list(self._rows.values()) if not bare or row.is_core or row.source is Source.CODE
        ]
        return sorted((row for row in found if kind is None or row.kind == kind), key=lambda row: row.id)

    def names(self, kind: Kind) -> list[str]:
        """Return the names that can be used, sorted."""
        return sorted({row.name for row in self.rows(kind) if row.status in USABLE})

    def notes(self) -> tuple[str, ...]:
        """Return a sentence for each thing without effect: settings of a project, broken metadata, denials of nothing."""
        found = self._discover()
        of_lock = self._vetting.notes() if self._vetting else ()
        return (*self.policy.warnings, *of_lock, *self.policy.idle(found.rows), *found.notes)

    def missing(self) -> list[LockedPlugin]:
        """Return the plugins that plugins.lock names and that are not installed; without a lock nothing is read."""
        if self._vetting is None or not self._vetting.has_lock:
            return []
        return self._vetting.missing(self._discover().rows)

    def summary(self, row: Row) -> str:
        """Return the one line that the metadata of the row's distribution say."""
        from geppetto.plugins.discovery import summary

        if row.source is Source.CODE:
            return str(getattr(self._code[row.id], "description", "") or "")
        return summary(row.distribution, self._path)

    def row(self, kind: Kind, name: str) -> Row:
        """Return the row that a name, bare or `distribution/name`, stands for.

        Raises NotFound, or PluginError when the name is blocked: PLUGIN_CONFLICT, PLUGIN_DISABLED,
        PLUGIN_INCOMPATIBLE.
        """
        known = self._discover().rows
        found = [row for row in list(self._rows.values()) if row.answers_to(kind, name)]
        misspelt = [row.reason for row in found if row.status is Status.MISSPELT_GROUP]
        if len(found) == len(misspelt):
            cure = self._vetting.cure(kind, name, known) if self._vetting else ""
            raise NotFound(kind, name, self.names(kind), next_step=cure or "".join(misspelt[:1]))
        return winner(found, name)

    def get(self, kind: Kind, name: str) -> Any:
        """Return a contribution; imports its plugin and no other.

        Raises what `row` raises, and PluginError with code PLUGIN_FAILED for a plugin that is broken.
        """
        with self._lock:
            row = self.row(kind, name)
            return self._code[row.id] if row.id in self._code else self._load(row)

    def add(self, kind: Kind, contribution: Any, *, name: str | None = None, replace: bool = False) -> None:
        """Add a contribution of the application's own, under its own name or another.

        It wins over a plugin. A name of the core or one that was added before is refused with PLUGIN_CONFLICT
        unless `replace` says so. Raises InvalidOption for a value that is not of the kind.
        """
        from geppetto.plugins.checks import name_of, verify

        try:
            verify(kind, [contribution])
        except PluginError as error:
            raise InvalidOption(f"no {kind}: {error.message}", subject=name or "") from None
        with self._lock:
            self._put(kind, name or name_of(kind, contribution), contribution, replace)

    def load(self, kind: Kind | None = None) -> list[Row]:
        """Try to load every row that is allowed, in this process, and return the rows with their new status.

        With a strict policy the first plugin that is broken raises instead.
        """
        with self._lock:
            for row in self.rows(kind):
                if row.status in USABLE and row.id not in self._code:
                    self._try(row)
            return self.rows(kind)

    def vetted(self, kind: Kind | None = None) -> list[Row]:
        """Return the rows; where only locked plugins are trusted, those whose files were changed are disabled."""
        with self._lock:
            for row in self.rows(kind):
                # a name in conflict can be loaded, too: by its full name
                if row.status in (*USABLE, Status.CONFLICT):
                    self._refuse(row)
            return self.rows(kind)

    def _try(self, row: Row) -> None:
        try:
            self._load(row)
        except PluginError:
            if self.policy.strict:
                raise

    def _discover(self) -> Discovery:
        if self._found is not None:
            return self._found
        with self._lock:
            if self._found is None:
                from geppetto.plugins.discovery import discover

                found = discover(self._path)
                permitted = self._vetting.permitted(found.rows) if self._vetting else found.rows
                decided = decide(permitted, self.policy, self._reserved)
                self._rows = {row.id: row for row in decided}
                self._found = found  # last: who sees it without the lock may read the rows
            return self._found

    @cached_property
    def _vetting(self) -> Vetting | None:
        """Return what holds plugins against the lock, where there is one or should be one; else nothing of it is imported."""
        lock = self.policy.lock_file
        wanted = self.policy.trust is Trust.LOCKED or (lock is not None and lock.exists())
        if self.policy.no_plugins or not wanted:
            return None
        from geppetto.plugins.vetting import Vetting

        return Vetting(self.policy, self._path)

    def _refuse(self, row: Row) -> Row:
        """Return the row as it is after a look at its plugin's files: disabled, where they were changed."""
        reason = self._vetting.refusal(row) if self._vetting else ""
        if reason:
            self._rows[row.id] = row = replace(row, status=Status.DISABLED, reason=reason)
        return row

    def _load(self, row: Row) -> Any:
        from geppetto.plugins.loader import Loader

        if (row := self._refuse(row)).status is Status.DISABLED:
            raise blocked(row)
        self._loader = self._loader or Loader()
        names = promised(row, list(self._rows.values()))
        try:
            with stdout_aside():
                contribution = self._loader.contribution(row, names)
        except PluginError as error:
            self._rows[row.id] = replace(row, status=Status.FAILED, reason=error.message)
            raise failed(row, error) from error.__cause__
        if row.status is Status.AVAILABLE:
            remark = self._loader.remark(row, names)
            self._rows[row.id] = replace(row, status=Status.LOADED, reason=remark)
        return contribution

    def _put(self, kind: Kind, name: str, contribution: Any, replacing: bool) -> None:
        self._discover()
        taken = [
            row for row in self._rows.values() if row.kind == kind and spelling(row.name) == spelling(name)
        ]
        for row in taken:
            if (row.is_core or row.source is Source.CODE) and not replacing:
                raise PluginError(
                    f"{row.title} is there already",
                    code="PLUGIN_CONFLICT",
                    subject=name,
                    next_step="choose another name, or pass replace=True",
                )
        for row in taken:
            self._yield(row)
        added = Row(kind, name, _CODE, "", type(contribution).__module__, source=Source.CODE)
        self._rows[added.id], self._code[added.id] = added, contribution

    def _yield(self, row: Row) -> None:
        """Take a name from a row in favour of the application's own contribution."""
        if row.source is Source.CODE:
            del self._rows[row.id], self._code[row.id]
        elif row.status in USABLE:
            reason = f"the application added its own; use {row.distribution}/{row.name}"
            self._rows[row.id] = replace(row, status=Status.CONFLICT, reason=reason)
