"""Which plugin distributions are there, and what a change brought."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from geppetto.errors import PluginError, nearest
from geppetto.plugins.kinds import CORE, distribution_key
from geppetto.plugins.row import Row, Status

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

__all__ = ["arrived", "distributions", "plugin_names"]


def distributions() -> dict[str, str]:
    """Return what is installed, plugin or not: name, as names are compared, and version."""
    import importlib_metadata

    found: dict[str, str] = {}
    for distribution in importlib_metadata.distributions():
        with suppress(Exception):  # metadata that cannot be read are of nothing that is installed
            # the first on the path is the one that Python imports
            found.setdefault(distribution_key(distribution.metadata["Name"]), distribution.version)
    return found


def plugin_names(rows: Iterable[Row], names: Sequence[str]) -> list[str]:
    """Return the distributions that are meant, as they spell themselves.

    Raises PluginError for the core and for what is no installed plugin, naming the nearest.
    """
    known = {distribution_key(row.distribution): row.distribution for row in rows if not row.is_core}
    return [_meant(known, name) for name in names]


def arrived(before: Iterable[Row], named: Collection[str], env: Mapping[str, str]) -> list[Row]:
    """Return the rows that were not there `before`, or are of distributions that are `named`, each after a try to load it.

    New processes look: this one has read the metadata before the change.
    """
    known = {(row.id, row.version) for row in before}
    rows = [Row.from_json(row) for row in _asked(env, "list")]
    fresh = [
        row
        for row in rows
        if (row.id, row.version) not in known or distribution_key(row.distribution) in named
    ]
    tried = [
        Row.from_json(row)
        for name in _one_of_each(fresh)
        for row in _asked(env, "show", name)["contributions"]
    ]
    state = {row.id: row for row in tried}
    return [state.get(row.id, row) for row in fresh]


def _one_of_each(rows: Iterable[Row]) -> list[str]:
    """Return, for each distribution of which something can be tried, the full name of a row: that of no other."""
    named = {
        row.distribution: f"{row.kind}:{row.distribution}/{row.name}"
        for row in rows
        if row.status is Status.AVAILABLE
    }
    return list(named.values())


def _asked(env: Mapping[str, str], *words: str) -> Any:
    command = [sys.executable, "-P", "-m", "geppetto", "plugins", *words, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=dict(env), check=False)  # noqa: S603  # our own
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {"error": {"message": f"exit code {done.returncode}"}}
    if done.returncode:
        raise PluginError(
            f"the plugins were changed, and geppetto cannot list them: {answer['error']['message']}",
            code="PLUGIN_LIST_FAILED",
            next_step="geppetto doctor",
        )
    return answer


def _meant(known: Mapping[str, str], name: str) -> str:
    key = distribution_key(name)
    if key == CORE:
        raise PluginError(
            "geppetto itself is no plugin",
            code="PLUGIN_IS_CORE",
            subject=name,
            next_step="to remove geppetto, use what installed it",
        )
    if key not in known:
        guess = nearest(key, known)
        raise PluginError(
            f"no installed plugin '{name}'{f'; did you mean {known[guess]}?' if guess else ''}",
            code="PLUGIN_NOT_FOUND",
            subject=name,
            next_step="give the name of a distribution: geppetto plugins list",
        )
    return known[key]
