"""`geppetto trust`: let a project's own configuration say everything."""

from __future__ import annotations

from pathlib import Path

import click

from geppetto.cli.shell import Shell, global_options, pass_shell

__all__ = ["trust"]


@click.command("trust")
@click.argument("folder", type=click.Path(path_type=Path, exists=True), default=Path())
@global_options
@pass_shell
def trust(shell: Shell, *, folder: Path) -> None:
    """Trust the geppetto.yaml of FOLDER as it is now; a change of the file ends that."""
    from geppetto.config.files import FILE
    from geppetto.factory.standing import trust_store
    from geppetto.host import Host

    file = folder / FILE if folder.is_dir() else folder
    with Host(registry=shell.registry(), env=shell.env) as host:
        trust_store(host.paths.data).trust(file)
    click.echo(f"{file.resolve()} is trusted as it is now")
