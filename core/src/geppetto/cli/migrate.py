"""`geppetto profiles migrate-legacy`: old profile maps as registry files; the old file is never lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.errors import UsageError

__all__ = ["migrate"]

_REFUSED = {
    "bundle": "several registries in one file: write one file for each",
    "invalid": "neither a registry nor a map of profiles to sections",
    "empty": "there is nothing in it",
}


@click.command("migrate-legacy")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--output", type=click.Path(path_type=Path), help="Where to write; by default FILE with .runtime.yaml."
)
@click.option("--registry", default="default", show_default=True, help="The name of the new registry.")
@click.option("--in-place", is_flag=True, help="Replace FILE; the old one is kept as FILE.bak.")
@click.option("--force", is_flag=True, help="Overwrite what is there.")
@click.option("--dry-run", is_flag=True, help="Print what would be written.")
@click.option("--skip-if-not-legacy", is_flag=True, help="Do nothing to a file that is a registry already.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def migrate(
    _shell: Shell,
    *,
    file: Path,
    output: Path | None,
    registry: str,
    in_place: bool,
    force: bool,
    dry_run: bool,
    skip_if_not_legacy: bool,
    as_json: bool,
) -> None:
    """Turn FILE, an old map of profiles, into a registry file."""
    from geppetto.atomic import write_atomically
    from geppetto.profile.documents import encode_registry
    from geppetto.profile.legacy import registry_of_map

    found = _legacy(file, skip=skip_if_not_legacy)
    if found is None:
        _told({"form": "registry", "written": None}, f"{file} is a registry already", as_json=as_json)
        return
    text = encode_registry(registry_of_map(found, registry))
    if dry_run:
        click.echo(text, nl=False)
        return
    target = file if in_place else output or file.with_suffix(".runtime.yaml")
    _check_free(target, file, in_place=in_place, force=force)
    if in_place:
        write_atomically(_backup(file), file.read_bytes())
    write_atomically(target, text)
    _told({"form": "legacy-map", "written": str(target)}, f"wrote {target}", as_json=as_json)


def _legacy(file: Path, *, skip: bool) -> dict[str, Any] | None:
    """Return the map in a file, None for a registry that may be skipped; raise UsageError for anything else."""
    from geppetto.profile.legacy import form_of
    from geppetto.turns import yaml_text

    try:
        found = yaml_text.load(file.read_bytes(), str(file))
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}", code="FILE_UNREADABLE", subject=str(file)) from error
    form = form_of(found)
    if form == "legacy-map":
        return dict(found)
    if form == "registry" and skip:
        return None
    reason = _REFUSED.get(form, "this is a registry already")
    raise UsageError(f"{file}: {reason}", code="NOT_LEGACY", subject=str(file), details={"form": form})


def _check_free(target: Path, file: Path, *, in_place: bool, force: bool) -> None:
    taken = _backup(file) if in_place else target
    if taken.exists() and not force:
        raise UsageError(
            f"{taken} exists", code="FILE_EXISTS", subject=str(taken), next_step="--force, or --output FILE"
        )


def _backup(file: Path) -> Path:
    return file.with_name(f"{file.name}.bak")


def _told(answer: dict[str, Any], line: str, *, as_json: bool) -> None:
    click.echo(json.dumps(answer) if as_json else line)
