"""`geppetto keys`: the stored keys, by name; no value is ever shown."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from geppetto.cli.lazy import LazyGroup
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.streams import aside
from geppetto.cli.table import columns

if TYPE_CHECKING:
    from geppetto.credentials import KeyFile
    from geppetto.engine import CredentialSpec
    from geppetto.plugins import PluginRegistry

__all__ = ["key_specs", "keys"]


@click.group("keys", cls=LazyGroup)
def keys() -> None:
    """Store, list and remove the keys of providers."""


def _file(shell: Shell) -> KeyFile:
    from geppetto.credentials import CredentialStore
    from geppetto.plugins.paths import paths

    return CredentialStore(paths(shell.env), shell.env).key_file


def key_specs(registry: PluginRegistry) -> list[CredentialSpec]:
    """Return the keys that the installed engines and embedders ask for; a broken plugin asks for none."""
    from geppetto.errors import GeppettoError
    from geppetto.plugins.kinds import Kind

    found: dict[str, CredentialSpec] = {}
    for kind in (Kind.ENGINE, Kind.EMBEDDER):
        for name in registry.names(kind):
            try:
                asked = registry.get(kind, name).credentials
            except GeppettoError:
                continue
            found |= {spec.name: spec for spec in asked}
    return list(found.values())


def _warn_of(name: str, registry: PluginRegistry) -> None:
    """Say when nobody asks for a key of that name: it may be one of a plugin to come, or misspelt."""
    from geppetto.errors import nearest

    known = [spec.name for spec in key_specs(registry)]
    if name not in known:
        guess = nearest(name, known)
        hint = f"did you mean {guess}?" if guess else f"known: {', '.join(sorted(known))}"
        aside(f"warning: no installed plugin asks for a key {name}; {hint}")


def _read_key() -> str:
    """Take the key from a hidden prompt on a terminal, else from standard input; never from an argument."""
    if sys.stdin.isatty():
        text: str = click.prompt("key", hide_input=True, err=True)
    else:
        text = sys.stdin.readline()
    if not text.strip():
        raise click.UsageError("the key is empty: type it at the prompt, or pipe it in")
    return text.strip()


@keys.command("set")
@click.argument("name")
@click.option(
    "--host", "hosts", multiple=True, help="A host that the key is for, instead of the vendor's own."
)
@click.option(
    "--keyring", is_flag=True, help="Store it in the system's keyring; the key file then only says so."
)
@global_options
@pass_shell
def _set(shell: Shell, /, *, name: str, hosts: tuple[str, ...], keyring: bool) -> None:
    """Store the key NAME (such as openai); it is asked for, or read from standard input."""
    from geppetto.secret import Secret

    _file(shell).set(name, Secret(_read_key()), hosts, keyring=keyring)
    click.echo(f"stored {name}{' in the keyring' if keyring else ''}", err=True)
    _warn_of(name, shell.listing())


@keys.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@global_options
@pass_shell
def _list(shell: Shell, /, *, as_json: bool) -> None:
    """List the stored keys by name, with where they are and the hosts they are for."""
    stored = _file(shell)
    entries = [(name, stored.get(name)) for name in stored.names()]
    rows = [
        {"name": name, "hosts": list(entry.hosts), "kept_in": "keyring" if entry.in_keyring else "key file"}
        for name, entry in entries
        if entry is not None
    ]
    if as_json:
        click.echo(json.dumps(rows, indent=2))
    elif rows:
        shown = [{**row, "hosts": ", ".join(row["hosts"]) or "the vendor's own"} for row in rows]
        click.echo(columns(shown, ("name", "kept_in", "hosts")))
    else:
        click.echo(f"no keys are stored in {stored.path}", err=True)


@keys.command("path")
@global_options
@pass_shell
def _path(shell: Shell, /) -> None:
    """Print where keys are stored."""
    click.echo(_file(shell).path)


@keys.command("remove")
@click.argument("name")
@global_options
@pass_shell
def _remove(shell: Shell, /, *, name: str) -> None:
    """Forget the key NAME, wherever it is kept."""
    from geppetto.errors import NotFound

    stored = _file(shell)
    if not stored.remove(name):
        raise NotFound("key", name, stored.names(), next_step="geppetto keys list")
    click.echo(f"removed {name}", err=True)
