"""`geppetto plugins install` and `uninstall`: by whatever manages this environment, so that nothing is lost."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import clean, columns

if TYPE_CHECKING:
    from geppetto.plugins import Row
    from geppetto.plugins.installing.command import Plan

__all__ = ["change", "install", "show_arrived", "uninstall"]

_print_only = click.option("--print", "print_only", is_flag=True, help="Print the command, and run nothing.")


@click.command("install")
@click.argument("requirements", nargs=-1)
@click.option("-e", "--editable", multiple=True, metavar="FOLDER", help="A project to install editable.")
@click.option("--upgrade", is_flag=True, help="Take the newest version of what is there already.")
@click.option("--json", "as_json", is_flag=True, help="Print what came as JSON.")
@_print_only
@global_options
@pass_shell
def install(
    shell: Shell,
    *,
    requirements: tuple[str, ...],
    editable: tuple[str, ...],
    upgrade: bool,
    as_json: bool,
    print_only: bool,
) -> None:
    """Install plugins into the environment that geppetto runs in, and show what came.

    REQUIREMENTS are names, name==version, or paths of wheels and project folders.
    """
    from geppetto.plugins import PluginRegistry
    from geppetto.plugins.installing.environment import read_facts
    from geppetto.plugins.installing.installed import distributions
    from geppetto.plugins.installing.planning import plan
    from geppetto.plugins.installing.requirement import read_requirement

    if not requirements and not editable:
        raise click.UsageError("name what to install")
    wanted = [read_requirement(text, shell.cwd) for text in requirements]
    wanted += [read_requirement(text, shell.cwd, editable=True) for text in editable]
    planned = plan(read_facts(shell.env), add=wanted, upgrade=upgrade, installed=distributions())
    before = PluginRegistry().rows()
    if change(shell, planned, print_only=print_only):
        show_arrived(shell, before, {each.name for each in wanted}, as_json=as_json)


@click.command("uninstall")
@click.argument("names", nargs=-1, required=True)
@_print_only
@global_options
@pass_shell
def uninstall(shell: Shell, *, names: tuple[str, ...], print_only: bool) -> None:
    """Remove the plugins NAMES, which are distributions, from the environment that geppetto runs in."""
    from geppetto.plugins import PluginRegistry
    from geppetto.plugins.installing.environment import read_facts
    from geppetto.plugins.installing.installed import plugin_names
    from geppetto.plugins.installing.planning import plan

    # without a policy: what is denied or switched off can be removed, too
    meant = plugin_names(PluginRegistry().rows(), names)
    planned = plan(read_facts(shell.env), remove=meant)
    if change(shell, planned, print_only=print_only):
        click.echo(f"removed {', '.join(meant)}", err=True)


def change(shell: Shell, planned: Plan, *, print_only: bool) -> bool:
    """Do what is planned, or print it; say whether anything was done."""
    from geppetto.plugins.installing.work import lines, perform

    for note in planned.notes:
        click.echo(f"note: {clean(note)}", err=True)
    if print_only:
        click.echo("\n".join(map(clean, lines(planned))))
        return False
    perform(planned, shell.env, lambda line: click.echo(f"$ {clean(line)}", err=True))
    return True


def show_arrived(
    shell: Shell, before: list[Row], named: set[str], *, as_json: bool, complete: bool = True
) -> None:
    """Show the rows that a change brought, each tried in a process of its own.

    Rows of the distributions that are `named` are shown also when they are as they were `before`. Ends with 1 when one
    is broken, or the change is not `complete`.
    """
    from geppetto.plugins.installing.installed import arrived
    from geppetto.plugins.row import Status

    rows = arrived(before, named, shell.env)
    click.echo(json.dumps([row.to_json() for row in rows], indent=2)) if as_json else _tell(rows)
    broken = any(row.status is Status.FAILED for row in rows)
    click.get_current_context().exit(0 if complete and not broken else 1)


def _tell(rows: list[Row]) -> None:
    if not rows:
        click.echo(
            "no contribution is new: what was installed was there, or is no plugin of geppetto", err=True
        )
        return
    click.echo(
        columns([row.to_json() for row in rows], ("kind", "name", "distribution", "version", "status"))
    )
    for row in rows:
        if row.reason:
            click.echo(f"{row.status}: {clean(row.title)}: {clean(row.reason)}", err=True)
