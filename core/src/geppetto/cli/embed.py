"""`geppetto embed`: texts as vectors."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from geppetto.cli.shell import Shell, global_options, pass_shell

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["embed"]


@click.command("embed")
@click.argument("texts", nargs=-1)
@click.option("-e", "--embedder", default="openai", show_default=True, help="The embedder to use.")
@click.option("-m", "--model", help="The model to ask.")
@click.option("--base-url", help="Where the API is.")
@click.option("--dimensions", help="Length of the vectors.")
@click.option("--cache", type=click.Choice(["none", "memory", "disk"]), default="none", help="Keep vectors.")
@click.option("--set", "assignments", multiple=True, metavar="PATH=VALUE", help="Set one setting.")
@click.option("--timeout", type=click.FloatRange(min=0), help="Seconds until the requests are given up.")
@click.option("--allow-local", is_flag=True, help="Allow requests to this machine and its network.")
@click.option("--json", "as_json", is_flag=True, help="Print model, usage and vectors as one document.")
@global_options
@pass_shell
def embed(
    shell: Shell,
    /,
    *,
    texts: Sequence[str],
    embedder: str,
    cache: str,
    assignments: Sequence[str],
    timeout: float | None,
    allow_local: bool,
    as_json: bool,
    **flags: str | None,
) -> None:
    """Print a vector for each of TEXTS, one JSON list a line; without TEXTS, for each line of standard input."""
    from geppetto.config import Layer, Source, read_assignments
    from geppetto.embedding import EmbeddingClient
    from geppetto.embedding.open import open_cache
    from geppetto.host import Host

    wanted = list(texts) or [line.rstrip("\n") for line in sys.stdin if line.strip()]
    sources = [
        Source("flags", Layer.FLAGS, {k: v for k, v in flags.items() if v is not None}, text=True),
        Source("--set", Layer.FLAGS, read_assignments(assignments), text=True),
    ]
    with Host(registry=shell.registry(), env=shell.env, allow_local=allow_local) as host:
        made = host.contributions.embedder(embedder, sources)
        found = EmbeddingClient(made, host, open_cache(cache, host.paths.data)).embed(wanted, timeout=timeout)
    if as_json:
        usage = found.usage.to_json() if found.usage else None
        click.echo(json.dumps({"model": found.model, "usage": usage, "vectors": found.vectors}))
    else:
        for vector in found.vectors:
            click.echo(json.dumps(vector))
