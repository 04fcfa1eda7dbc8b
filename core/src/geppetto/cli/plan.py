"""`geppetto plan`: what a run will be and why, and what differs between two of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.run import engine_options
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import columns

if TYPE_CHECKING:
    from geppetto.factory.plan import ComposedPlan

__all__ = ["plan"]

_VALUES = ("path", "value", "layer", "source")
_CHAIN = ("#", "middleware", "config", "from", "supplier")


@click.group("plan", invoke_without_command=True)
@engine_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
@click.pass_context
def plan(ctx: click.Context, shell: Shell, /, *, as_json: bool, allow_local: bool, **options: Any) -> None:  # noqa: ARG001  # of all runs
    """Show what a run with these options would be, and where each value is from; nothing is sent."""
    if ctx.invoked_subcommand is not None:
        return
    from geppetto.cli.request import compose_options
    from geppetto.factory.plan import plan_of
    from geppetto.host import Host

    with Host(registry=shell.registry(), env=shell.env) as host:
        found = plan_of(host, compose_options(host, places=True, lenient=True, **options))
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=2, ensure_ascii=False))
    else:
        click.echo(_text(found))


@plan.command("diff")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option("--profile-registries", metavar="PLACES", help="Registry files and databases, last on top.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def diff(shell: Shell, *, one: str, other: str, profile_registries: str | None, as_json: bool) -> None:
    """Show what differs between the plans A and B; ends with 1 when they differ.

    Each is a profile (`assistant`, `registry/assistant`), a registry file (`team.yaml`, or `team.yaml:assistant`), or
    a file that `plan --json` wrote, for instance with other plugins.
    """
    from geppetto.cli.plans import read_plans
    from geppetto.factory.diff import difference
    from geppetto.host import Host

    with Host(registry=shell.registry(), env=shell.env) as host:
        left, right = (read_plans(host, place, profile_registries) for place in (one, other))
    if len(left) == len(right) == 1:
        found = difference(*left.values(), *right.values())
    else:
        found = [row for name in sorted(left.keys() | right.keys()) for row in _between(name, left, right)]
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    else:
        for row in found:
            click.echo(_line(row))
    click.get_current_context().exit(1 if found else 0)


def _between(name: str, left: dict[str, Any], right: dict[str, Any]) -> list[dict[str, Any]]:
    from geppetto.factory.diff import difference

    if name not in left or name not in right:
        return [{"path": f"/profiles/{name}", "change": "removed" if name in left else "added"}]
    return [{**row, "path": f"/profiles/{name}{row['path']}"} for row in difference(left[name], right[name])]


def _line(row: dict[str, Any]) -> str:
    sign = {"added": "+", "removed": "-", "changed": "~"}[row["change"]]
    before, after = (json.dumps(row.get(name), ensure_ascii=False) for name in ("before", "after"))
    shown = {
        "+": after if "after" in row else "",
        "-": before if "before" in row else "",
        "~": f"{before} -> {after}",
    }
    return f"{sign} {row['path']} {shown[sign]}".rstrip()


def _text(found: ComposedPlan) -> str:
    """Return a plan for people: what runs, the values that somebody set, the chain."""
    named = f"{found.registry_slug}/{found.profile_slug}" if found.profile_slug else "none"
    rows = [
        {
            "path": row["path"],
            "value": json.dumps(row["value"], ensure_ascii=False),
            "layer": row["steps"][-1]["layer"],
            "source": row["steps"][-1]["place"],
        }
        for row in found.values
        if len(row["steps"]) > 1 or row["steps"][-1]["source"] != "schema"
    ]
    lines = [f"engine   {found.engine} ({found.plugins.get(f'engine {found.engine}', '')})"]
    lines += [f"model    {found.model or '-'}", f"profile  {named}", f"tools    {_names(found)}"]
    if found.price_per_1000_turns:
        price = found.price_per_1000_turns
        sizes = price["assumes"]
        lines.append(
            f"price    {price['amount']} {price['currency']} per 1,000 turns of {sizes['input_tokens']} tokens in and "
            f"{sizes['output_tokens']} out"
        )
    lines += [found.runtime_fingerprint, "", columns(rows, _VALUES)]
    if found.chain:
        lines += ["", columns([_link(at, row) for at, row in enumerate(found.chain, 1)], _CHAIN)]
    lines += [f"refused: {row['key']}: {row['reason']}" for row in found.refusals]
    return "\n".join([*lines, *(f"note: {note}" for note in found.notes)])


def _names(found: ComposedPlan) -> str:
    return ", ".join(row["name"] for row in found.tools) or "-"


def _link(at: int, row: dict[str, Any]) -> dict[str, str]:
    return {
        "#": str(at) if row["enabled"] else "off",
        "middleware": row["label"],
        "config": json.dumps(row["config"], ensure_ascii=False),
        "from": row["origin"],
        "supplier": row["supplier"],
    }
