"""`geppetto middlewares schema NAME`: the JSON Schema of a middleware's configuration."""

from __future__ import annotations

import json

import click

from geppetto.cli.shell import Shell, global_options, pass_shell

__all__ = ["schema"]


@click.command("schema")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, hidden=True, help="The output is JSON anyway.")
@global_options
@pass_shell
def schema(shell: Shell, *, name: str, as_json: bool) -> None:  # noqa: ARG001  # every listing takes --json
    """Print the JSON Schema of the settings of middleware NAME."""
    from geppetto.config import schema_of
    from geppetto.plugins.kinds import Kind

    definition = shell.registry().get(Kind.MIDDLEWARE, name)
    click.echo(json.dumps(dict(schema_of(definition.config())), indent=2))
