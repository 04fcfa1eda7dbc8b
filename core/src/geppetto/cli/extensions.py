"""`geppetto extensions`: the keys that profiles may have extensions under, and the schemas of what stands there."""

from __future__ import annotations

import json
from typing import Any

import click

from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import columns

__all__ = ["listing", "schema"]


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def listing(shell: Shell, *, as_json: bool) -> None:
    """List the keys that profiles may have extensions under; this imports the plugins that give them."""
    rows = _rows(shell)
    if as_json:
        shown = [{key: value for key, value in row.items() if key != "schema"} for row in rows]
        click.echo(json.dumps(shown, indent=2, ensure_ascii=False))
    else:
        click.echo(columns(rows, ("key", "display_name", "description")))


@click.command("schema")
@click.argument("key")
@click.option("--json", "as_json", is_flag=True, hidden=True, help="The output is JSON anyway.")
@global_options
@pass_shell
def schema(shell: Shell, *, key: str, as_json: bool) -> None:  # noqa: ARG001  # every listing takes --json
    """Print the JSON Schema of what profiles hold under KEY."""
    from geppetto.errors import NotFound

    rows = {row["key"]: row["schema"] for row in _rows(shell)}
    if key not in rows:
        raise NotFound("extension", key, rows, next_step="geppetto extensions list")
    click.echo(json.dumps(rows[key], indent=2, ensure_ascii=False))


def _rows(shell: Shell) -> list[dict[str, Any]]:
    from geppetto.factory.schema import list_extensions
    from geppetto.host import Host

    with Host(registry=shell.registry(), env=shell.env) as host:
        return list_extensions(host.offered)
