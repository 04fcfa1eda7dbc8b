"""Whose modules those are that a plugin's import brings: its own, the core's, Python's, or a vendor's."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from geppetto.plugins.kinds import CORE, distribution_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["foreign", "needs_of_core", "owners_of_modules"]

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def foreign(
    modules: Iterable[str], distribution: str, owners: Mapping[str, Sequence[str]], harmless: frozenset[str]
) -> dict[str, list[str]]:
    """Return, by distribution, the top-level modules that are of others than the plugin, the core and Python.

    `owners` are the distributions of each top-level module; one that no distribution has is left out. What is
    `harmless`, and every distribution of geppetto's own, may be imported.
    """
    found: dict[str, list[str]] = {}
    own = {distribution_key(distribution), *harmless}
    for top in sorted({name.partition(".")[0] for name in modules} - sys.stdlib_module_names):
        givers = {distribution_key(name) for name in owners.get(top, ())}
        for name in sorted(each for each in givers if each not in own and each.partition("-")[0] != CORE):
            if not givers & own:
                found.setdefault(name, []).append(top)
    return found


def owners_of_modules() -> Mapping[str, Sequence[str]]:
    """Return the installed distributions of each top-level module."""
    from importlib.metadata import packages_distributions

    return packages_distributions()


def needs_of_core() -> frozenset[str]:
    """Return what geppetto itself needs, however remotely: it is there anyway, and no vendor's SDK."""
    found: set[str] = set()
    waiting = [CORE]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += _needs(name)
    return frozenset(found)


def _needs(name: str) -> list[str]:
    from importlib.metadata import PackageNotFoundError, requires

    try:
        texts = requires(name) or []
    except PackageNotFoundError:
        return []
    named = [_NAME.match(text) for text in texts if "extra ==" not in text]
    return [distribution_key(match[0]) for match in named if match]
