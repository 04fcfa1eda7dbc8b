"""`geppetto config`: which value came from where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.lazy import LazyGroup
from geppetto.cli.run import engine_options
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import columns

if TYPE_CHECKING:
    from geppetto.config import Resolved

__all__ = ["config"]

_COLUMNS = ("", "layer", "value", "source")


@click.group("config", cls=LazyGroup)
def config() -> None:
    """Explain configured values."""


@config.command("explain")
@click.argument("path", required=False, default="")
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def explain(shell: Shell, /, *, path: str, as_json: bool, allow_local: bool, **options: Any) -> None:  # noqa: ARG001  # of all runs
    """Show every value that PATH was given (`/settings/temperature`, or `/temperature`), lowest layer first.

    Without PATH all engine settings are shown that somebody set.
    """
    from geppetto.cli.execution import configured
    from geppetto.config import resolve
    from geppetto.host import Host
    from geppetto.plugins.kinds import Kind

    with Host(registry=shell.registry(), env=shell.env) as host:
        found = configured(host, cwd=Path.cwd(), **options)
        factory = host.registry.get(Kind.ENGINE, found.engine)
        resolved, _ = resolve(factory.settings(), found.sources("settings"), subject=f"engine {found.engine}")
    rows = _rows(resolved, path)
    if as_json:
        click.echo(json.dumps({"engine": found.engine, "paths": rows}, indent=2, ensure_ascii=False))
        return
    for pointer, steps in rows.items():
        click.echo(pointer)
        shown = [
            {
                **step,
                "": ">" if step is steps[-1] else "",
                "value": json.dumps(step["value"]),
                "source": step["place"] or step["source"],
            }
            for step in steps
        ]
        click.echo(columns(shown, _COLUMNS))


def _rows(resolved: Resolved, path: str) -> dict[str, list[dict[str, Any]]]:
    wanted = "/" + path.strip("/").removeprefix("settings/") if path else ""
    trace = {pointer: steps for pointer, steps in resolved.trace().items() if not wanted or pointer == wanted}
    if wanted and not trace:
        from geppetto.errors import ConfigError, nearest

        guess = nearest(wanted, resolved.trace())
        raise ConfigError(
            f"nobody sets {path}",
            code="PATH_NOT_SET",
            subject=path,
            next_step=f"did you mean {guess}?" if guess else "geppetto config explain shows all paths",
        )
    if not wanted:
        trace = {
            pointer: steps
            for pointer, steps in trace.items()
            if len(steps) > 1 or steps[0]["layer"] != "schema-defaults"
        }
    return {f"/settings{pointer}": steps for pointer, steps in trace.items()}
