"""`geppetto plugins`: what is installed, what is blocked, what is broken, and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.lazy import Entry, LazyGroup
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import clean, columns
from geppetto.plugins.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from geppetto.plugins import PluginRegistry, Row

__all__ = ["list_plugins", "plugins", "show_plugin"]

_COLUMNS = ("kind", "name", "distribution", "version", "status")
_ORDER = (
    "policy: command line > environment > plugins.toml of the project (may only deny) > your plugins.toml"
)


@click.group(
    "plugins",
    cls=LazyGroup,
    table={
        "audit": Entry("geppetto.cli.plugin_lock:audit", "Compare plugins with their records and the lock."),
        "check": Entry("geppetto.cli.plugin_check:check", "Judge how a plugin behaves while it is loaded."),
        "freeze": Entry("geppetto.cli.plugin_lock:freeze", "Lock the plugins that are installed."),
        "install": Entry("geppetto.cli.plugin_install:install", "Install plugins where geppetto runs."),
        "new": Entry("geppetto.cli.new:new", "Write a plugin package to start from."),
        "sync": Entry("geppetto.cli.plugin_sync:sync", "Make the plugins what plugins.lock says."),
        "uninstall": Entry(
            "geppetto.cli.plugin_install:uninstall", "Remove plugins from where geppetto runs."
        ),
    },
)
def plugins() -> None:
    """List plugins and say what is wrong with them."""


@plugins.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--kind", type=click.Choice([str(kind) for kind in Kind]), help="List one kind only.")
@click.option("-v", "--verbose", is_flag=True, help="Show modules and sources too.")
@click.option("--load", is_flag=True, help="Try to load each plugin, in a process of its own.")
@click.option(
    "--limit", type=float, default=20.0, show_default=True, help="Seconds that --load gives a plugin."
)
@global_options
@pass_shell
def list_plugins(
    shell: Shell, *, as_json: bool, kind: str | None, verbose: bool, load: bool, limit: float
) -> None:
    """List what plugins offer; without --load nothing is imported."""
    only = Kind(kind) if kind else None
    registry = shell.registry() if load else shell.listing()
    rows = _checked(registry, only, limit) if load else registry.rows(only)
    _warn(registry)
    if as_json:
        click.echo(_as_json([row.to_json() for row in rows]))
    else:
        click.echo(_as_text(rows, verbose=verbose, trust=registry.policy.told_trust))


@plugins.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--limit", type=float, default=20.0, show_default=True, help="Seconds that the plugin may take."
)
@global_options
@pass_shell
def show_plugin(shell: Shell, *, name: str, as_json: bool, limit: float) -> None:
    """Load one plugin, in a process of its own, and tell all about it.

    NAME is a contribution, distribution/contribution, kind:contribution or a distribution.
    """
    from geppetto.plugins.survey import inspect_plugin

    registry = shell.registry()
    shown = inspect_plugin(registry, name, limit=limit)
    _warn(registry)
    click.echo(_as_json(shown) if as_json else _page(shown))


def _checked(registry: PluginRegistry, kind: Kind | None, limit: float) -> list[Row]:
    from geppetto.plugins.survey import checked_rows

    return checked_rows(registry, kind, limit=limit)


def _warn(registry: PluginRegistry) -> None:
    for note in registry.notes():
        click.echo(f"warning: {clean(note)}", err=True)


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2)


def _as_text(rows: Sequence[Row], *, verbose: bool, trust: str = "") -> str:
    names = (*_COLUMNS, "module", "source") if verbose else _COLUMNS
    parts = [columns([row.to_json() for row in rows], names)]
    remarks = [f"{row.status}: {row.title}: {row.reason}" for row in rows if row.reason]
    parts += ["\n".join(map(clean, remarks))] if remarks else []
    parts += [f"trust: {clean(trust)}"] if trust else []
    return "\n\n".join([*parts, _ORDER] if verbose else parts)


def _page(shown: dict[str, Any]) -> str:
    """Return all about a plugin as lines `key: value`, with its contributions as a table."""
    plain = {key: value for key, value in shown.items() if key not in ("contributions", "error")}
    lines = [f"{key}: {clean(str(value))}" for key, value in plain.items() if value not in ("", None)]
    lines += _fault(shown["error"] or {})
    return "\n".join([*lines, "", columns(shown["contributions"], _COLUMNS)])


def _fault(error: dict[str, Any]) -> Iterable[str]:
    return [f"error: {clean(error['type'])}", clean(error.get("traceback", "")).rstrip()] if error else []
