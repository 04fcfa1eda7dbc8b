"""The commands `db check`, `db backup` and `db migrate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
from geppetto.cli.shell import global_options
from geppetto.cli.table import clean

if TYPE_CHECKING:
    from geppetto_store_sqlite.cli.findings import Findings, Problem
    from geppetto_store_sqlite.cli.upkeep import Migration

__all__ = ["db"]


@click.group("db")
def db() -> None:
    """Check, copy and migrate databases of profile registries."""


@db.command("check")
@click.argument("places", nargs=-1, required=True, metavar="PLACE...")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
def check(*, places: tuple[str, ...], as_json: bool) -> None:
    """Look at databases, changing nothing.

    A PLACE is written as --profile-registries takes it. Ends with 1 when something is wrong with one of them.
    """
    from geppetto_store_sqlite.cli.checking import check as look_at

    found = [look_at(place) for place in places]
    if as_json:
        click.echo(json.dumps([each.to_json() for each in found], indent=2))
    else:
        click.echo("\n".join(_findings(each) for each in found))
    click.get_current_context().exit(0 if all(each.ok for each in found) else 1)


@db.command("backup")
@click.argument("place")
@click.argument("target", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--force", is_flag=True, help="Replace what is there.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
def backup(*, place: str, target: Path, force: bool, as_json: bool) -> None:
    """Copy the database at PLACE to TARGET.

    The copy is the database at one moment, while others write; only you can read it.
    """
    from geppetto_store_sqlite.cli.place import database_at
    from geppetto_store_sqlite.cli.upkeep import back_up

    file = database_at(place)
    back_up(file, target, replace=force)
    answer = {"place": place, "file": str(file), "backup": str(target)}
    click.echo(json.dumps(answer, indent=2) if as_json else clean(f"{target} is a copy of {file}"))


@db.command("migrate")
@click.argument("place")
@click.option("--dry-run", is_flag=True, help="Try it with a copy in memory, and change nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
def migrate(*, place: str, dry_run: bool, as_json: bool) -> None:
    """Bring the database at PLACE up to date.

    Before data that is there is changed, a copy is put beside the file.
    """
    from geppetto_store_sqlite.cli.place import database_at, says_read_only
    from geppetto_store_sqlite.cli.upkeep import bring_up_to_date, try_out

    file = database_at(place)
    done = try_out(file) if dry_run else bring_up_to_date(file, writable=not says_read_only(place))
    if as_json:
        click.echo(json.dumps({"place": place, **done.to_json()}, indent=2))
    else:
        click.echo(_migration(done))


def _findings(found: Findings) -> str:
    """Return the facts in a line, then what is wrong."""
    facts = [
        "ok" if found.ok else "NOT OK",
        *([] if found.layout is None else [f"layout {found.layout} (newest {found.newest_layout})"]),
        *([] if found.integrity is None else [f"integrity {found.integrity}"]),
        *([] if found.journal_mode is None else [f"journal {found.journal_mode}"]),
        *(f"{name} {mode}" for name, mode in found.modes.items()),
        *([] if found.registries is None else [f"{found.registries} registries, {found.profiles} profiles"]),
    ]
    return "\n".join([clean(f"{found.place}: {', '.join(facts)}"), *map(_problem, found.problems)])


def _problem(problem: Problem) -> str:
    line = f"  {problem.level}: {clean(problem.message)} ({problem.code})"
    return f"{line}\n    next: {clean(problem.next_step)}" if problem.next_step else line


def _migration(done: Migration) -> str:
    """Return what was done, or would be."""
    if not done.steps:
        return clean(f"{done.file} is up to date: layout {done.before}")
    how = "would be brought" if done.dry_run else "was brought"
    lines = [f"{done.file} {how} from layout {done.before} to {done.steps[-1].number}:"]
    lines += [f"  {step.number}: {step.does}" for step in done.steps]
    lines += [f"what was there is in {done.backup}"] if done.backup else []
    lines += ["it worked with a copy; nothing was changed"] if done.dry_run else []
    return clean("\n".join(lines))
