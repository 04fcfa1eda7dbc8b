"""`geppetto plugins new`: a package to start from."""

from __future__ import annotations

from pathlib import Path

import click

from geppetto.cli.shell import global_options

__all__ = ["new"]


@click.command("new")
@click.argument("kind", type=click.Choice(["provider"]))
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where to write it; its own name by default.",
)
@global_options
def new(*, kind: str, name: str, folder: Path | None) -> None:
    """Write a package of KIND that offers NAME: it works, and its tests pass, before anything is filled in."""
    from geppetto.scaffold import write_package

    target = folder or Path(f"geppetto-{kind}-{name}")
    for path in write_package(kind, name, target):
        click.echo(path)
    click.echo(f"next: cd {target} && python -m pytest; then make it speak your vendor's API", err=True)
