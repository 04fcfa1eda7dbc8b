"""`geppetto profiles create|update|edit|delete|set-default`: profiles written, each checked before it is."""

from __future__ import annotations

import functools
import json
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.profiles import opened, opened_to_read, profile_options, yaml_of
from geppetto.cli.shell import Shell, pass_shell
from geppetto.errors import GeppettoError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from geppetto.profile.service import ProfileService

__all__ = ["create", "delete", "edit", "make_default", "update"]

#: the registry of the user's own file
_OWN = "mine"


@dataclass(slots=True, frozen=True)
class _Writing:
    """What every command that writes is given: where, on which condition, in whose name, and how to tell."""

    shell: Shell
    registry: str
    expected_version: int
    actor: str
    sources: str | None
    as_json: bool

    @contextmanager
    def service(self, *, new: bool = False) -> Iterator[tuple[ProfileService, str]]:
        """Give what writes, and the registry that is meant; the user's own is made where it does not exist yet.

        A database is made for who writes the first profile into it (`new`); for all others it has to be there.
        """
        with (opened if new else opened_to_read)(self.shell, self.sources) as host:
            service = host.profile_service()
            name = self.registry or (host.profiles.default_registry() if self.sources else _OWN)
            yield service, service.ensure_registry(name, actor=self.actor).slug

    def version(self) -> dict[str, Any]:
        """Return what the service is told with each write."""
        return {"expected": self.expected_version, "actor": self.actor}


def _writing(command: Callable[..., None]) -> Callable[..., Any]:
    """Add the options of a command that writes; it gets them as one value."""

    @functools.wraps(command)
    def called(
        shell: Shell,
        *,
        registry: str,
        expected_version: int,
        actor: str,
        sources: str | None,
        as_json: bool,
        **given: Any,
    ) -> None:
        command(_Writing(shell, registry, expected_version, actor, sources, as_json), **given)

    for option in reversed((
        click.option("--registry", default="", help="The registry to write; by default the user's own."),
        click.option("--expected-version", type=int, default=0, help="Write only if this version is still there."),
        click.option("--actor", default="", help="Who writes, for the record."),
    )):  # fmt: skip
        called = option(called)
    return pass_shell(profile_options(called))


@click.command("create")
@click.argument("file", type=click.File("rb"))
@_writing
def create(writing: _Writing, file: Any) -> None:
    """Create the profile that FILE (YAML or JSON, - for standard input) describes."""
    with writing.service(new=True) as (service, name):
        made = service.create(_read(file), name, **writing.version())
    _told(made, as_json=writing.as_json)


@click.command("update")
@click.argument("file", type=click.File("rb"))
@_writing
def update(writing: _Writing, file: Any) -> None:
    """Replace the profile that FILE (YAML or JSON, - for standard input) describes."""
    with writing.service() as (service, name):
        made = service.replace(_read(file), name, **writing.version())
    _told(made, as_json=writing.as_json)


@click.command("edit")
@click.argument("profile")
@_writing
def edit(writing: _Writing, profile: str) -> None:
    """Change PROFILE in your editor (VISUAL, EDITOR); what you wrote is kept in a file when it is refused.

    A version that somebody else wrote meanwhile is a conflict.
    """
    from geppetto.profile import profile_to_json

    with opened_to_read(writing.shell, writing.sources) as host:
        where, name = host.profiles.locate(profile, writing.registry)
        host.profiles.writer_of(where)  # before anybody writes a word
        before = host.profiles.profile(name, where)
        text = click.edit(yaml_of(_editable(profile_to_json(before))) + "\n", extension=".yaml")
        if text is None:
            click.echo("nothing changed", err=True)
            return
        expected = writing.expected_version or before.metadata.version
        with _kept_when_refused(text, name):
            made = host.profile_service().replace(
                _parsed(text), where, expected=expected, actor=writing.actor
            )
    _told(made, as_json=writing.as_json)


def _editable(profile: dict[str, Any]) -> dict[str, Any]:
    """Leave out what the store writes itself."""
    tags = profile.get("metadata", {}).get("tags")
    shown = {key: value for key, value in profile.items() if key != "metadata"}
    return {**shown, "metadata": {"tags": tags}} if tags else shown


@contextmanager
def _kept_when_refused(text: str, name: str) -> Iterator[None]:
    try:
        yield
    except GeppettoError as error:
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", prefix=f"{name}-", suffix=".yaml", delete=False
        ) as file:
            file.write(text)
        error.add_note(f"what you wrote is in {file.name}")
        click.echo(f"what you wrote is in {file.name}: geppetto profiles update {file.name}", err=True)
        raise


@click.command("delete")
@click.argument("profile")
@_writing
def delete(writing: _Writing, profile: str) -> None:
    """Delete PROFILE."""
    with writing.service() as (service, name):
        service.delete(profile, name, **writing.version())
    answer = {"registry": name, "deleted": profile}
    click.echo(json.dumps(answer) if writing.as_json else f"deleted {name}/{profile}")


@click.command("set-default")
@click.argument("profile")
@_writing
def make_default(writing: _Writing, profile: str) -> None:
    """Make PROFILE the one that is meant where none is named."""
    with writing.service() as (service, name):
        made = service.set_default(profile, name, **writing.version())
    answer = {"registry": made.slug, "default_profile_slug": made.default_profile}
    click.echo(
        json.dumps(answer) if writing.as_json else f"the default of {made.slug} is {made.default_profile}"
    )


def _read(file: Any) -> Any:
    return _parsed(file.read(), file.name)


def _parsed(text: str | bytes, where: str = "the edited text") -> Any:
    from geppetto.turns import yaml_text

    return yaml_text.load(text, where)


def _told(profile: Any, *, as_json: bool) -> None:
    from geppetto.profile import profile_to_json
    from geppetto.profile.redact import redacted

    found = redacted(profile_to_json(profile))
    click.echo(json.dumps(found, indent=2, ensure_ascii=False) if as_json else yaml_of(found))
