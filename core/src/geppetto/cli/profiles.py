"""`geppetto profiles`: named ways to run, where they are from, and what comes of them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.lazy import Entry, LazyGroup
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geppetto.host import Host
    from geppetto.profile.chain import ProfileChain
    from geppetto.profile.model import Registry

__all__ = ["opened", "opened_to_read", "profile_options", "profiles", "yaml_of"]

_COLUMNS = ("registry", "profile", "default", "description", "source")


@click.group(
    "profiles",
    cls=LazyGroup,
    table={
        "create": Entry("geppetto.cli.profile_writes:create", "Create the profile that a file describes."),
        "update": Entry("geppetto.cli.profile_writes:update", "Replace the profile that a file describes."),
        "edit": Entry("geppetto.cli.profile_writes:edit", "Change a profile in your editor."),
        "delete": Entry("geppetto.cli.profile_writes:delete", "Delete a profile."),
        "set-default": Entry("geppetto.cli.profile_writes:make_default", "Make a profile the default."),
        "migrate-legacy": Entry("geppetto.cli.migrate:migrate", "Turn old profile maps into registry files."),
    },
)
def profiles() -> None:
    """List profiles, show what comes of them, and write them."""


def profile_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that all commands about profiles have."""
    for option in reversed((
        click.option("--profile-registries", "sources", metavar="PLACES", help="Registry files and databases, last on top."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    )):  # fmt: skip
        command = option(command)
    return global_options(command)


@contextmanager
def opened_to_read(shell: Shell, sources: str | None) -> Iterator[Host]:
    """Give a host as `opened` does, for a command that makes no registry; raise ProfileError for a database that is not there."""
    from geppetto.cli.registries import require_databases

    with opened(shell, sources) as host:
        require_databases(host, sources)
        yield host


def opened(shell: Shell, sources: str | None) -> Host:
    """Return a host over the registries at these places, or the user's own; to be used in a `with` block."""
    from geppetto.host import Host

    return Host(registry=shell.registry(), env=shell.env, profile_registry=sources)


@profiles.command("list")
@profile_options
@pass_shell
def list_profiles(shell: Shell, *, sources: str | None, as_json: bool) -> None:
    """List the profiles of all registries; the registry that is meant where none is named comes first."""
    with opened_to_read(shell, sources) as host:
        rows = [
            {
                "registry": registry.slug,
                "profile": profile.slug,
                "default": registry.default_profile == profile.slug,
                "description": profile.display_name or profile.description,
                "source": registry.metadata.source,
            }
            for registry in _top_first(host.profiles)
            for _, profile in sorted(registry.profiles.items())
        ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    else:
        click.echo(columns([{**row, "default": "*" if row["default"] else ""} for row in rows], _COLUMNS))


def _top_first(chain: ProfileChain) -> list[Any]:
    found = chain.registries()
    return [found[name] for store in reversed(chain.stores) for name in sorted(store.registries())]


@profiles.command("show")
@click.argument("profile", required=False, default="")
@click.option("--registry", default="", help="The registry to look in.")
@profile_options
@pass_shell
def show(shell: Shell, *, profile: str, registry: str, sources: str | None, as_json: bool) -> None:
    """Show PROFILE as it is written, without what is below it in its stack."""
    from geppetto.profile import profile_to_json
    from geppetto.profile.redact import redacted

    with opened_to_read(shell, sources) as host:
        found = redacted(profile_to_json(host.profiles.profile(profile, registry)))
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else yaml_of(found))


@profiles.command("resolve")
@click.argument("profile", required=False, default="")
@click.option("--registry", default="", help="The registry to look in.")
@click.option(
    "--set",
    "assignments",
    multiple=True,
    metavar="KEY=VALUE",
    help="Override a key, as YAML, under the policy.",
)
@profile_options
@pass_shell
def resolve(
    shell: Shell,
    *,
    profile: str,
    registry: str,
    assignments: tuple[str, ...],
    sources: str | None,
    as_json: bool,
) -> None:
    """Show what comes of PROFILE: its stack in one, where each value is from, and the fingerprint."""
    from geppetto.config import read_assignments
    from geppetto.profile.redact import redacted
    from geppetto.turns import yaml_text

    overrides = {
        key: yaml_text.load(value) if isinstance(value, str) else value
        for key, value in read_assignments(assignments).items()
    }
    with opened_to_read(shell, sources) as host:
        found = redacted(host.resolve_profile(profile, registry, overrides=overrides).to_json())
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    lineage = " < ".join(
        f"{each['registry_slug']}/{each['profile_slug']}"
        for each in found["metadata"]["profile.stack.lineage"]
    )
    click.echo(yaml_of(found["effective_runtime"]))
    click.echo(f"from {lineage}\n{found['runtime_fingerprint']}", err=True)


@profiles.command("validate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def validate(shell: Shell, *, files: tuple[Path, ...], as_json: bool) -> None:
    """Check registry FILES, together with each other: stacks, middlewares and their configs, extensions.

    Names that nobody here knows (sections, engines, options, tools) are warnings.
    """
    from geppetto.profile.chain import ProfileChain
    from geppetto.profile.stack import check_topology
    from geppetto.profile.stores import YamlStore

    chain = ProfileChain(*(YamlStore(path, writable=False) for path in files))
    found = chain.registries()
    check_topology(found)
    with opened(shell, None) as host:
        for registry in found.values():
            _check_all(host, registry)
    rows = [{"registry": name, "profiles": len(registry.profiles)} for name, registry in found.items()]
    click.echo(json.dumps(rows, indent=2) if as_json else columns(rows, ("registry", "profiles")))


def _check_all(host: Host, registry: Registry) -> None:
    """Raise ProfileInvalid naming the registry and its file too."""
    from geppetto.errors import ProfileInvalid
    from geppetto.factory.check import checked_profile
    from geppetto.factory.doubts import doubts

    for name, profile in sorted(registry.profiles.items()):
        try:
            checked_profile(host.offered, profile)
        except ProfileInvalid as error:
            place = f"{registry.metadata.source}: registry.profiles[{name}].{error.subject}"
            raise ProfileInvalid(place, error.reason, code=error.code, next_step=error.next_step) from error
        for doubt in doubts(host.offered, profile):
            click.echo(f"warning: {registry.metadata.source}: profile {name}: {doubt}", err=True)


def yaml_of(value: Any) -> str:
    """Return JSON data as YAML without the last line break."""
    from geppetto.turns import yaml_text

    return yaml_text.dump(value).rstrip("\n")
