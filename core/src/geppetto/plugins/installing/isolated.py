"""Environments that uv or pipx made for one tool: what they are not told is lost the next time they touch it."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import TYPE_CHECKING

from geppetto.errors import PluginError
from geppetto.plugins.installing.command import Plan, upgraded, words
from geppetto.plugins.installing.environment import Manager
from geppetto.plugins.installing.receipt import read_receipt
from geppetto.plugins.kinds import distribution_key

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from geppetto.plugins.installing.environment import Facts
    from geppetto.plugins.installing.requirement import Requirement

__all__ = ["pipx_plan", "uv_tool_plan"]


def uv_tool_plan(facts: Facts, add: Sequence[Requirement], remove: Collection[str], upgrade: bool) -> Plan:
    """Return one command that installs the tool again with all it had, less what goes and with what comes."""
    uv = _needed(facts.uv, "uv", facts)
    receipt = read_receipt(facts.receipt or "", str(facts.prefix / "uv-receipt.toml"), facts.variables)
    replaced = {each.name for each in add if each.name}
    for name in sorted(set(remove) - {each.name for each in receipt.extra}):
        raise PluginError(
            f"{name} was not installed with {receipt.tool.name}, but by something that needs it",
            code="PLUGIN_ENVIRONMENT",
            subject=name,
            next_step=f'uninstall what needs it, or leave it unused: deny = ["{name}"] in plugins.toml',
        )
    kept = [each for each in receipt.extra if each.name not in replaced | set(remove)]
    more = [
        word
        for each in (*kept, *add)
        for word in ("--with-editable" if each.editable else "--with", each.text)
    ]
    tool = ("--editable", receipt.tool.text) if receipt.tool.editable else (receipt.tool.text,)
    command = (*uv, "tool", "install", *tool, *more, *upgraded(add, upgrade), *receipt.options)
    return Plan(Manager.UV_TOOL, (command,), receipt.notes, _uv_home(facts))


def pipx_plan(
    facts: Facts, add: Sequence[Requirement], remove: Collection[str], upgrade: bool, installed: set[str]
) -> Plan:
    """Return commands that change the environment through pipx, so that it knows what it must keep."""
    pipx, name = _needed(facts.pipx, "pipx", facts), facts.prefix.name
    everyone = facts.prefix.is_relative_to("/opt/pipx") and "PIPX_HOME" not in facts.variables
    scope = ("--global",) if everyone else ()
    injected = _injected(facts)
    # `pipx inject` leaves alone what is there, and with --force it installs all that this needs anew, the core too
    there = [each for each in add if each.name in installed]
    new = [each for each in add if each not in there]
    runpip = (*pipx, "runpip", *scope, name)
    plain, editable = [each for each in new if not each.editable], [each for each in new if each.editable]
    inject, ours = (
        (*pipx, "inject", *scope, name),
        [each for each in remove if distribution_key(each) in injected],
    )
    others = [each for each in remove if each not in ours]
    commands = [
        (*pipx, "uninject", *scope, name, *ours) if ours else (),
        (*runpip, "uninstall", "--yes", *others) if others else (),
        (*inject, *words(plain)) if plain else (),
        (*inject, "--editable", *(each.text for each in editable)) if editable else (),
        (*runpip, "install", *(["--upgrade"] if upgrade else []), *words(there)) if there else (),
    ]
    return Plan(Manager.PIPX, tuple(filter(None, commands)), env={} if everyone else _pipx_home(facts))


def _injected(facts: Facts) -> set[str]:
    try:
        stored = json.loads(facts.pipx_metadata or "")["injected_packages"]
    except (ValueError, KeyError, TypeError):
        return set()  # then they are removed by pip, which needs no list
    return {distribution_key(name) for name in stored}


def _uv_home(facts: Facts) -> dict[str, str]:
    """Say where the tool is, when uv would look elsewhere."""
    home = facts.prefix.parent
    usual = PurePath(*home.parts[-2:]) == PurePath("uv", "tools")
    return {} if usual or "UV_TOOL_DIR" in facts.variables else {"UV_TOOL_DIR": str(home)}


def _pipx_home(facts: Facts) -> dict[str, str]:
    home = facts.prefix.parent.parent
    return {} if home.name == "pipx" or "PIPX_HOME" in facts.variables else {"PIPX_HOME": str(home)}


def _needed(program: tuple[str, ...], name: str, facts: Facts) -> tuple[str, ...]:
    if program:
        return program
    raise PluginError(
        f"{facts.prefix} was made by {name}, and there is no {name} on the PATH",
        code="PLUGIN_INSTALLER_MISSING",
        subject=name,
        next_step=f"put {name} on the PATH; without it, what is installed here would be lost",
    )
