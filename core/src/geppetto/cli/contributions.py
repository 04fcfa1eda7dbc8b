"""`geppetto engines`, `middlewares` and `tools`: what can be used, by kind."""

from __future__ import annotations

import json

import click

from geppetto.cli.lazy import Entry, LazyGroup
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import columns
from geppetto.plugins.kinds import Kind

__all__ = ["engines", "extensions", "list_kind", "middlewares", "tools"]

_COLUMNS = ("name", "distribution", "version", "summary")
_MORE = ("name", "distribution", "version", "aliases", "tags", "summary")


def list_kind(kind: Kind) -> click.Command:
    """Make the command that lists one kind."""

    @click.command("list", help=f"List the {kind}s that can be used; without -v nothing is imported.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON.")
    @click.option(
        "-v", "--verbose", is_flag=True, help="Import the plugins, in processes of their own, to say more."
    )
    @global_options
    @pass_shell
    def listing(shell: Shell, *, as_json: bool, verbose: bool) -> None:
        from geppetto.plugins.survey import contributions

        registry = shell.registry() if verbose else shell.listing()
        found = contributions(registry, kind, verbose=verbose)
        missing = len(registry.rows(kind)) - len(found)
        if missing:
            click.echo(f"{missing} more cannot be used: geppetto plugins list --load --kind {kind}", err=True)
        if as_json:
            click.echo(json.dumps(found, indent=2))
        else:
            shown = [{**each, **_joined(each)} for each in found]
            click.echo(columns(shown, _MORE if verbose else _COLUMNS))

    return listing


def _joined(row: dict[str, object]) -> dict[str, str]:
    """Return the lists of a row as text."""
    return {key: ", ".join(value) for key, value in row.items() if isinstance(value, list)}


@click.group("engines", cls=LazyGroup)
def engines() -> None:
    """List the engines that can be used."""


@click.group(
    "middlewares",
    cls=LazyGroup,
    table={
        "schema": Entry("geppetto.cli.schema:schema", "Print the JSON Schema of a middleware's settings.")
    },
)
def middlewares() -> None:
    """List middlewares and their settings."""


@click.group(
    "extensions",
    cls=LazyGroup,
    table={
        "list": Entry(
            "geppetto.cli.extensions:listing", "List the keys that profiles may have extensions under."
        ),
        "schema": Entry("geppetto.cli.extensions:schema", "Print the JSON Schema of an extension."),
    },
)
def extensions() -> None:
    """List what profiles can be extended with."""


@click.group(
    "tools",
    cls=LazyGroup,
    table={"call": Entry("geppetto.cli.call:call", "Call a tool with JSON arguments and print the result.")},
)
def tools() -> None:
    """List tools and call one."""


engines.add_command(list_kind(Kind.ENGINE))
middlewares.add_command(list_kind(Kind.MIDDLEWARE))
tools.add_command(list_kind(Kind.TOOL))
