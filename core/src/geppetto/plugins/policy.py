"""Policy: which plugins may be used, decided before anything of theirs is imported."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING

from geppetto.errors import ConfigError, nearest
from geppetto.plugins.kinds import Kind, spelling

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from geppetto.plugins.row import Row

__all__ = ["PluginPolicy", "Trust", "check_selector"]


class Trust(StrEnum):
    """Which of the installed plugins may be imported: all of them, or those that are as plugins.lock has them."""

    INSTALLED = "installed"
    LOCKED = "locked"


def check_selector(selector: str) -> str:
    """Return a selector of rows unchanged; raise ConfigError when it names a kind that does not exist.

    A selector is `dist`, `dist/name` or `kind:name`.
    """
    kind, colon, _ = selector.partition(":")
    if not selector.strip() or (colon and kind not in list(Kind)):
        guess = nearest(kind, list(Kind)) or f"one of {', '.join(Kind)}"
        raise ConfigError(
            f"'{selector}' selects nothing: there is no kind '{kind}'",
            code="PLUGIN_POLICY",
            phase="plugins",
            subject=selector,
            next_step=f"write dist, dist/name or kind:name; for the kind did you mean {guess}?",
        )
    return selector


@dataclass(slots=True, frozen=True)
class PluginPolicy:
    """Say which plugins are allowed.

    `deny` and `only` hold selectors (`dist`, `dist/name`, `kind:name`); a denied row is out even when `only` names
    it, and `only` never excludes the core's own rows. `override` settles a clash: `kind/name` -> the distribution
    that wins. `no_plugins` keeps exactly the rows of the core. `strict` raises where a broken plugin would become a
    row. `trust` says whether a plugin must be as `lock_file` has it. `source` says where each selector, `only`, `trust` and
    each override was set; `warnings` what was ignored and why.
    """

    deny: frozenset[str] = frozenset()
    only: frozenset[str] | None = None
    override: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    no_plugins: bool = False
    strict: bool = False
    trust: Trust = Trust.INSTALLED
    lock_file: Path | None = None
    source: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    warnings: tuple[str, ...] = ()

    @classmethod
    def read(
        cls,
        user_file: Path,
        project_dir: Path | None,
        env: Mapping[str, str],
        no_plugins: bool = False,
    ) -> PluginPolicy:
        """Read the user's file, the project's file and the environment; raise ConfigError with file and line.

        The order is command line > environment > project file > user file. A project's file is not trusted: it may
        only deny.
        """
        from geppetto.plugins.policy_files import read_policy

        return read_policy(user_file, project_dir, env, no_plugins=no_plugins)

    def blocks(self, row: Row) -> str:
        """Return why the row may not be used, or nothing when it may."""
        if self.no_plugins and not row.is_core:
            return "plugins are switched off (--no-plugins or GEPPETTO_NO_PLUGINS)"
        for selector in sorted(self.deny):
            if _selects(selector, row):
                return f"denied by '{selector}' in {self.source.get(selector, 'the policy')}"
        if self.omits(row):
            return f"not among `only` in {self.source.get('only', 'the policy')}"
        return ""

    @property
    def told_trust(self) -> str:
        """Return the mode of trust and where it was set, nothing where every installed plugin may be imported."""
        if self.trust is Trust.INSTALLED:
            return ""
        return f"{self.trust} ({self.source.get('trust', 'the policy')}; the lock is {self.lock_file})"

    def omits(self, row: Row) -> bool:
        """Say whether there is an `only` that does not name the row."""
        return (
            self.only is not None and not row.is_core and not any(_selects(each, row) for each in self.only)
        )

    def idle(self, rows: Sequence[Row]) -> list[str]:
        """Return a sentence for each denial that none of the rows answers to: it may be misspelt, and denies nothing."""
        names = {name for row in rows for name in (row.distribution, f"{row.kind}:{row.name}")}
        found = []
        for selector in sorted(self.deny):
            if not any(_selects(selector, row) for row in rows):
                guess = nearest(selector, names)
                hint = f"; did you mean {guess}?" if guess else ""
                place = self.source.get(selector, "the policy")
                found.append(f"{place}: '{selector}' denies nothing that is installed{hint}")
        return found

    def owner(self, kind: str, name: str) -> str | None:
        """Return the distribution that an override names for a clash of that kind and name, or None."""
        for lookup, distribution in self.override.items():
            of, _, what = lookup.replace(":", "/", 1).partition("/")
            if of == kind and spelling(what) == spelling(name):
                return distribution
        return None


def _selects(selector: str, row: Row) -> bool:
    kind, colon, name = selector.partition(":")
    if colon:
        return row.kind == kind and spelling(name) == spelling(row.name)
    owner, slash, name = selector.partition("/")
    return row.is_of(owner) and (not slash or spelling(name) == spelling(row.name))
