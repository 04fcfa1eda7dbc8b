"""`geppetto plugins freeze` and `audit`: write down which plugins are installed, and see what has become of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.streams import aside
from geppetto.cli.table import clean, columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from geppetto.plugins.findings import Finding
    from geppetto.plugins.lock import Lock, LockedPlugin

__all__ = ["audit", "freeze"]

_COLUMNS = ("level", "code", "distribution", "file", "message")


@click.command("freeze")
@click.option(
    "--file",
    "target",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Where to write the lock; plugins.lock in the configuration folder by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def freeze(shell: Shell, *, target: Path | None, as_json: bool) -> None:
    """Lock the plugins that are installed: their versions, what they offer and a hash of their files."""
    from geppetto.plugins.lock import lock_of_installed, write_lock
    from geppetto.plugins.paths import lock_file

    lock = lock_of_installed(target or lock_file(shell.env))
    write_lock(lock.path, lock)
    for plugin in lock.plugins.values():
        _warn(plugin)
    count = len(lock.plugins)
    aside(f"{count} plugin{'' if count == 1 else 's'} locked in {lock.path}")
    if as_json:
        click.echo(json.dumps({"path": str(lock.path), **lock.to_json()}, indent=2, sort_keys=True))


@click.command("audit")
@click.option(
    "--file",
    "target",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The lock to compare with; plugins.lock in the configuration folder by default.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def audit(shell: Shell, *, target: Path | None, as_json: bool) -> None:
    """Compare the plugins that are installed with their own records and with the lock; ends with 1 for what is wrong."""
    from geppetto.plugins.audit import audit as examine
    from geppetto.plugins.findings import Level
    from geppetto.plugins.lock import read_lock
    from geppetto.plugins.paths import lock_file

    policy, file = shell.policy(), target or lock_file(shell.env)
    lock = read_lock(file)
    if lock is None:
        aside(f"there is no {file}, so nothing is compared with a lock: geppetto plugins freeze writes it")
    findings = examine(lock, policy)
    click.echo(_as_json(lock, findings) if as_json else _as_text(findings))
    wrong = any(finding.level is Level.ERROR for finding in findings)
    click.get_current_context().exit(1 if wrong else 0)


def _warn(plugin: LockedPlugin) -> None:
    """Say which plugin a lock says little of."""
    if plugin.origin:
        aside(
            f"warning: {plugin.name} is from {clean(plugin.origin)}: `sync` takes it from there or not at all"
        )
    if plugin.editable:
        aside(f"warning: {plugin.name} is editable: no lock tells of changes in its code")
    if not plugin.record:
        aside(f"warning: {plugin.name} has no RECORD: no lock tells of changes in its files")


def _as_json(lock: Lock | None, findings: Sequence[Finding]) -> str:
    found = {"lock": str(lock.path) if lock else None, "findings": [each.to_json() for each in findings]}
    return json.dumps(found, indent=2)


def _as_text(findings: Sequence[Finding]) -> str:
    if not findings:
        return "nothing was found"
    return columns([finding.to_json() for finding in findings], _COLUMNS)
