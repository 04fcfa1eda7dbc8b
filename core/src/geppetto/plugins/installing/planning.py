"""From an environment and a change to the commands that make it: the one place that knows all managers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.errors import PluginError
from geppetto.plugins.installing.command import Plan, upgraded, words
from geppetto.plugins.installing.environment import Manager, manager_of
from geppetto.plugins.installing.isolated import pipx_plan, uv_tool_plan
from geppetto.plugins.kinds import distribution_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from geppetto.plugins.installing.environment import Facts
    from geppetto.plugins.installing.requirement import Requirement

__all__ = ["plan"]

_CURE = "install geppetto for itself: uv tool install geppetto, or pipx install geppetto, or into a virtual environment"


def plan(
    facts: Facts,
    *,
    add: Sequence[Requirement] = (),
    remove: Collection[str] = (),
    upgrade: bool = False,
    installed: Collection[str] = (),
) -> Plan:
    """Return how to install `add` and to remove the distributions of `remove`.

    `installed` are the names of distributions that are there. Raises PluginError for an environment that must be left
    alone, and where the program is missing that manages it.
    """
    manager = manager_of(facts)
    if manager is Manager.EXTERNAL:
        raise PluginError(
            f"{facts.prefix} is managed by the system ({facts.external}): nothing is installed into it",
            code="PLUGIN_ENVIRONMENT",
            subject=str(facts.prefix),
            next_step=_CURE,
        )
    if manager is Manager.UVX:
        raise PluginError(
            f"{facts.prefix} was made by uv for one run: what is installed into it is lost",
            code="PLUGIN_ENVIRONMENT",
            subject=str(facts.prefix),
            next_step="name plugins in the run itself, uvx --with PLUGIN geppetto, or: uv tool install geppetto",
        )
    if manager is Manager.UV_TOOL:
        return uv_tool_plan(facts, add, {distribution_key(name) for name in remove}, upgrade)
    if manager is Manager.PIPX:
        return pipx_plan(facts, add, remove, upgrade, {distribution_key(name) for name in installed})
    return Plan(manager, _in_place(facts, add, remove, upgrade), _remarks(facts, manager))


def _in_place(
    facts: Facts, add: Sequence[Requirement], remove: Collection[str], upgrade: bool
) -> tuple[tuple[str, ...], ...]:
    """Return commands of the environment's own pip, else of uv from outside."""
    # -P: a pip.py in the working folder is not the pip that is meant
    pip = (facts.executable, "-P", "-m", "pip")
    commands = []
    if facts.pip:
        commands += [(*pip, "uninstall", "--yes", *remove)] if remove else []
        commands += [(*pip, "install", *(["--upgrade"] if upgrade else []), *words(add))] if add else []
    elif facts.uv:
        uv, there = (*facts.uv, "pip"), ("--python", facts.executable)
        commands += [(*uv, "uninstall", *there, *remove)] if remove else []
        commands += [(*uv, "install", *there, *upgraded(add, upgrade), *words(add))] if add else []
    else:
        raise PluginError(
            f"{facts.prefix} has no pip, and there is no uv on the PATH",
            code="PLUGIN_INSTALLER_MISSING",
            subject=str(facts.prefix),
            next_step=f"{facts.executable} -m ensurepip, or put uv on the PATH",
        )
    return tuple(commands)


def _remarks(facts: Facts, manager: Manager) -> tuple[str, ...]:
    notes = ["this is a conda environment: its own pip is used, and conda knows nothing of it"]
    kept = "this is the environment of a uv project: the next `uv sync` removes what its pyproject.toml lacks (uv add)"
    return tuple(notes if manager is Manager.CONDA else [kept] if facts.project else [])
