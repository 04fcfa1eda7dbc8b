"""`geppetto tools call NAME JSON`: run one tool as the tool loop would."""

from __future__ import annotations

import json
import sys
from typing import Any

import click

from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import harmless

__all__ = ["call"]


@click.command("call")
@click.argument("name")
@click.argument("arguments", default="{}")
@click.option("--timeout", type=click.FloatRange(min=0), help="Seconds until the call is given up.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
@global_options
@pass_shell
def call(shell: Shell, *, name: str, arguments: str, timeout: float | None, as_json: bool) -> None:
    """Call tool NAME with ARGUMENTS, a JSON object, and print its result."""
    from geppetto.errors import ToolError
    from geppetto.host import Host

    with Host(registry=shell.registry(), env=shell.env) as host:
        outcome = host.call_tool(host.tool(name), _object(arguments), timeout=timeout)
    if outcome.failed:
        step = "geppetto tools list -v"
        raise ToolError(outcome.error, code=outcome.code, subject=name, next_step=step) from outcome.cause
    result: Any = {"tool": name, "status": outcome.status, "result": outcome.result, "error": None}
    if as_json or not isinstance(outcome.result, str):
        result = json.dumps(result if as_json else outcome.result, ensure_ascii=False)
    else:
        result = outcome.result
    click.echo(harmless(result, sys.stdout))


def _object(text: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise click.UsageError(f"the arguments are not JSON: {error}") from error
    if not isinstance(value, dict):
        raise click.UsageError("the arguments are no JSON object")
    return value
