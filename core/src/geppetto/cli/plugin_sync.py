"""`geppetto plugins sync`: the plugins become what plugins.lock says."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from geppetto.cli.plugin_install import change, show_arrived
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import clean

if TYPE_CHECKING:
    from geppetto.plugins.installing.sync import Difference
    from geppetto.plugins.lock import Lock

__all__ = ["sync"]


@click.command("sync")
@click.option(
    "--file", "file", type=click.Path(path_type=Path), help="The lock; by default where freeze writes it."
)
@click.option("--prune", is_flag=True, help="Remove the plugins that are not in the lock.")
@click.option("--json", "as_json", is_flag=True, help="Print what came as JSON.")
@click.option("--print", "print_only", is_flag=True, help="Print the command, and run nothing.")
@global_options
@pass_shell
def sync(shell: Shell, *, file: Path | None, prune: bool, as_json: bool, print_only: bool) -> None:
    """Install the versions that the lock has, and show what came; ends with 1 where one cannot be brought back."""
    from geppetto.plugins import PluginRegistry
    from geppetto.plugins.installing.environment import read_facts
    from geppetto.plugins.installing.installed import distributions
    from geppetto.plugins.installing.planning import plan
    from geppetto.plugins.installing.sync import difference
    from geppetto.plugins.lock import lock_of_installed

    lock = _lock(shell, file)
    found = difference(lock, lock_of_installed(lock.path), prune=prune)
    for sentence in found.left:
        click.echo(f"left: {clean(sentence)}", err=True)
    if not found.add and not found.remove:
        _nothing(found, lock, as_json=as_json and not print_only)
        return
    planned = plan(read_facts(shell.env), add=found.add, remove=found.remove, installed=distributions())
    before = PluginRegistry().rows()
    if change(shell, planned, print_only=print_only):
        named = {each.name for each in found.add}
        show_arrived(shell, before, named, as_json=as_json, complete=not found.left)


def _lock(shell: Shell, file: Path | None) -> Lock:
    from geppetto.errors import PluginError
    from geppetto.plugins.lock import read_lock
    from geppetto.plugins.paths import lock_file

    path = shell.cwd / file if file else lock_file(shell.env)
    lock = read_lock(path)
    if lock is None:
        raise PluginError(
            f"there is no lock {path}",
            code="PLUGIN_LOCK_MISSING",
            subject=str(path),
            next_step="write one where the plugins are as they should be: geppetto plugins freeze",
        )
    return lock


def _nothing(found: Difference, lock: Lock, *, as_json: bool) -> None:
    if as_json:
        click.echo("[]")
    if not found.left:
        click.echo(f"nothing to do: the plugins are what {lock.path} says", err=True)
    click.get_current_context().exit(1 if found.left else 0)
