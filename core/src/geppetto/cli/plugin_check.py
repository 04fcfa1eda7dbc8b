"""`geppetto plugins check`: is a plugin one that others can live with?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import clean

if TYPE_CHECKING:
    from geppetto.conduct.check import Verdict

__all__ = ["check"]


@click.command("check")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option(
    "--limit", type=float, default=20.0, show_default=True, help="Seconds that loading may take at all."
)
@click.option(
    "--import-ms",
    type=click.FloatRange(min=0),
    default=100.0,
    show_default=True,
    help="Milliseconds of its own that a module may take without a warning.",
)
@global_options
@pass_shell
def check(shell: Shell, *, name: str, as_json: bool, limit: float, import_ms: float) -> None:
    """Load a plugin in a process of its own, and judge how it behaves; ends with 1 where it breaks a rule.

    NAME is a distribution, or a contribution as `geppetto plugins show` takes it.
    """
    from geppetto.conduct.check import check_plugin

    verdict = check_plugin(shell.registry(), name, limit=limit, import_ms=import_ms)
    click.echo(json.dumps(verdict.to_json(), indent=2) if as_json else _page(verdict))
    click.get_current_context().exit(0 if verdict.ok else 1)


def _page(verdict: Verdict) -> str:
    times = [f"{module} in {time:.0f} ms" for module, time in verdict.load_ms.items() if time is not None]
    said = "keeps the rules" if verdict.ok else "breaks rules"
    lines = [f"{verdict.distribution} {verdict.version} {said}: {', '.join(verdict.contributions)}"]
    lines += [f"loaded {', '.join(times)}"] if times else []
    for each in verdict.findings:
        lines += [
            f"{each.level}: {each.subject}: {each.message} ({each.fault})",
            f"  next:  {each.next_step}",
        ]
    return "\n".join(map(clean, lines))
