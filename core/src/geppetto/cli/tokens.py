"""`geppetto tokens`: how many tokens a prompt is, and who says so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.run import engine_options, prompt_argument
from geppetto.cli.shell import Shell, global_options, pass_shell

if TYPE_CHECKING:
    from geppetto.tokens import TokenCount
    from geppetto.turns import Turn

__all__ = ["tokens"]


@click.command("tokens")
@prompt_argument
@engine_options
@click.option("-a", "--attach", "attachments", multiple=True, metavar="FILE", help="Add a file or URL.")
@click.option(
    "--load",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Count a saved turn with the prompt behind it.",
)
@click.option("--offline", is_flag=True, help="Make no request: a tokenizer that is here, else an estimate.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def tokens(
    shell: Shell,
    /,
    *,
    prompt: str,
    attachments: tuple[str, ...],
    load: Path | None,
    offline: bool,
    as_json: bool,
    allow_local: bool,
    **options: Any,
) -> None:
    """Count the input tokens that PROMPT would be, by the provider, a tokenizer or an estimate."""
    from geppetto.cli.execution import build_session, seed
    from geppetto.host import Host

    with Host(registry=shell.registry(), env=shell.env, allow_local=allow_local) as host:
        session = build_session(host, **options)
        count = _count(host, session, seed(prompt, attachments, load), offline=offline)
    if as_json:
        click.echo(json.dumps(count.to_json()))
    else:
        click.echo(f"{count.tokens} ({count.source})")
        if count.uncounted:
            click.echo(f"note: not counted: {', '.join(count.uncounted)}", err=True)


def _count(host: Any, session: Any, turn: Turn, *, offline: bool) -> TokenCount:
    from geppetto.engine.outside import outside_context
    from geppetto.tokens import TokenCount, estimate_tokens
    from geppetto.tokens.model import CountsTokens

    spec = session.spec
    if isinstance(spec.engine, CountsTokens):
        tools = tuple(spec.tools or ())
        ctx = outside_context(60.0, host=host, tools=tools)
        found: TokenCount = host.wait_for(spec.engine.count_tokens(ctx, turn, offline=offline))
        return found
    return TokenCount(sum(estimate_tokens(block.text) for block in turn.blocks), "estimate")
