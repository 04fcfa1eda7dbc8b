"""`geppetto profiles`: named ways to run, where they are from, and what comes of them."""

from __future__ import annotations

import json
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.lazy import LazyGroup
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.table import columns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geppetto.host import Host
    from geppetto.profile.chain import ProfileChain

__all__ = ["profiles"]

#: the registry of the user's own file
_OWN = "mine"
_COLUMNS = ("registry", "profile", "default", "description", "source")


@click.group("profiles", cls=LazyGroup)
def profiles() -> None:
    """List profiles, show what comes of them, and write them."""


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed((
        click.option("--profile-registries", "sources", metavar="PLACES", help="Registry files and databases, last on top."),
        click.option("--json", "as_json", is_flag=True, help="Print JSON."),
    )):  # fmt: skip
        command = option(command)
    return global_options(command)


@contextmanager
def _opened(shell: Shell, sources: str | None) -> Iterator[tuple[Host, ProfileChain]]:
    from geppetto.host import Host

    with Host(registry=shell.registry(), env=shell.env) as host:
        chain = host.open_profiles(sources)
        try:
            yield host, chain
        finally:
            chain.close()


@profiles.command("list")
@_options
@pass_shell
def list_profiles(shell: Shell, *, sources: str | None, as_json: bool) -> None:
    """List the profiles of all registries; the registry that is meant where none is named comes first."""
    with _opened(shell, sources) as (_, chain):
        rows = [
            {
                "registry": registry.slug,
                "profile": profile.slug,
                "default": registry.default_profile == profile.slug,
                "description": profile.display_name or profile.description,
                "source": registry.metadata.source,
            }
            for registry in _top_first(chain)
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
@_options
@pass_shell
def show(shell: Shell, *, profile: str, registry: str, sources: str | None, as_json: bool) -> None:
    """Show PROFILE as it is written, without what is below it in its stack."""
    from geppetto.profile import profile_to_json
    from geppetto.profile.redact import redacted

    with _opened(shell, sources) as (_, chain):
        found = redacted(profile_to_json(chain.profile(profile, registry)))
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else _yaml(found))


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
@_options
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
    from geppetto.profile.selection import chosen_profile
    from geppetto.turns import yaml_text

    overrides = {
        key: yaml_text.load(value) if isinstance(value, str) else value
        for key, value in read_assignments(assignments).items()
    }
    with _opened(shell, sources) as (_, chain):
        wanted = chosen_profile(profile, shell.env)
        found = redacted(chain.resolve(wanted, registry, overrides=overrides).to_json())
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    lineage = " < ".join(
        f"{each['registry_slug']}/{each['profile_slug']}"
        for each in found["metadata"]["profile.stack.lineage"]
    )
    click.echo(_yaml(found["effective_runtime"]))
    click.echo(f"from {lineage}\n{found['runtime_fingerprint']}", err=True)


def _writing(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed((
        click.option("--registry", default="", help="The registry to write; by default the user's own."),
        click.option("--expected-version", type=int, default=0, help="Write only if this version is still there."),
        click.option("--actor", default="", help="Who writes, for the record."),
    )):  # fmt: skip
        command = option(command)
    return _options(command)


def _written(
    shell: Shell, sources: str | None, registry: str, make: Callable[[str, Any], Any], **write: Any
) -> Any:
    """Write through the owner of a registry; the user's own is made where it does not exist yet."""
    from geppetto.profile import Registry, Write, put_registry

    with _opened(shell, sources) as (_, chain):
        name = registry or (chain.default_registry() if sources else _OWN)
        options = Write(**write)
        if name not in chain.registries():
            chain.change(name, put_registry(Registry(name), Write(actor=options.actor)))
        return chain.change(name, make(name, options))


@profiles.command("create")
@click.argument("file", type=click.File("rb"))
@_writing
@pass_shell
def create(
    shell: Shell,
    *,
    file: Any,
    registry: str,
    expected_version: int,
    actor: str,
    sources: str | None,
    as_json: bool,
) -> None:
    """Create the profile that FILE (YAML or JSON, - for standard input) describes."""
    from geppetto.profile import create_profile

    given = _read(file)
    made = _written(
        shell,
        sources,
        registry,
        lambda name, w: create_profile(name, given, w),
        expected=expected_version,
        actor=actor,
    )
    _told(made.profiles[given.slug], as_json=as_json)


@profiles.command("update")
@click.argument("file", type=click.File("rb"))
@_writing
@pass_shell
def update(
    shell: Shell,
    *,
    file: Any,
    registry: str,
    expected_version: int,
    actor: str,
    sources: str | None,
    as_json: bool,
) -> None:
    """Replace the profile that FILE (YAML or JSON, - for standard input) describes."""
    from geppetto.profile import update_profile

    given = _read(file)
    made = _written(
        shell,
        sources,
        registry,
        lambda name, w: update_profile(name, given.slug, lambda _old: given, w),
        expected=expected_version,
        actor=actor,
    )
    _told(made.profiles[given.slug], as_json=as_json)


@profiles.command("delete")
@click.argument("profile")
@_writing
@pass_shell
def delete(
    shell: Shell,
    *,
    profile: str,
    registry: str,
    expected_version: int,
    actor: str,
    sources: str | None,
    as_json: bool,
) -> None:
    """Delete PROFILE."""
    from geppetto.profile import delete_profile

    made = _written(
        shell,
        sources,
        registry,
        lambda name, w: delete_profile(name, profile, w),
        expected=expected_version,
        actor=actor,
    )
    click.echo(
        json.dumps({"registry": made.slug, "deleted": profile})
        if as_json
        else f"deleted {made.slug}/{profile}"
    )


@profiles.command("set-default")
@click.argument("profile")
@_writing
@pass_shell
def make_default(
    shell: Shell,
    *,
    profile: str,
    registry: str,
    expected_version: int,
    actor: str,
    sources: str | None,
    as_json: bool,
) -> None:
    """Make PROFILE the one that is meant where none is named."""
    from geppetto.profile import set_default

    made = _written(
        shell,
        sources,
        registry,
        lambda name, w: set_default(name, profile, w),
        expected=expected_version,
        actor=actor,
    )
    answer = {"registry": made.slug, "default_profile_slug": made.default_profile}
    click.echo(json.dumps(answer) if as_json else f"the default of {made.slug} is {made.default_profile}")


def _read(file: Any) -> Any:
    from geppetto.profile import read_profile
    from geppetto.turns import yaml_text

    return read_profile(yaml_text.load(file.read(), file.name))


def _told(profile: Any, *, as_json: bool) -> None:
    from geppetto.profile import profile_to_json
    from geppetto.profile.redact import redacted

    found = redacted(profile_to_json(profile))
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else _yaml(found))


@profiles.command("validate")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, dir_okay=False))
@_options
@pass_shell
def validate(shell: Shell, *, files: tuple[Path, ...], sources: str | None, as_json: bool) -> None:  # noqa: ARG001  # options of all
    """Check registry FILES, together with each other; every stack is expanded."""
    from geppetto.profile.chain import ProfileChain
    from geppetto.profile.stack import check_topology
    from geppetto.profile.stores import YamlStore

    chain = ProfileChain(*(YamlStore(path, writable=False) for path in files))
    found = chain.registries()
    check_topology(found)
    rows = [{"registry": name, "profiles": len(registry.profiles)} for name, registry in found.items()]
    click.echo(json.dumps(rows, indent=2) if as_json else columns(rows, ("registry", "profiles")))


def _yaml(value: Any) -> str:
    from geppetto.turns import yaml_text

    return yaml_text.dump(value).rstrip("\n")
