"""The command `geppetto`: help, version, plugins' commands, and what starting it costs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from geppetto.cli.app import COMMANDS, app

Install = Callable[..., None]
Geppetto = Callable[..., subprocess.CompletedProcess[str]]

COMMAND = """
import click
from geppetto.plugins import hookimpl

@click.command("hello")
@click.argument("name")
def hello(name):
    click.echo(f"hello {name}")

@hookimpl
def geppetto_commands():
    return [hello]
"""


@pytest.mark.parametrize("arguments", [(), ("--help",)])
def test_help_lists_every_command(geppetto: Geppetto, arguments: tuple[str, ...]) -> None:
    """The help shows each command with its line, and no command at all is a wish for help."""
    done = geppetto(*arguments)

    assert (done.returncode, done.stderr) == (0, "")
    for name, entry in COMMANDS.items():
        assert f"  {name}" in done.stdout
        assert entry.help in done.stdout


def test_version(geppetto: Geppetto) -> None:
    """`--version` prints name and version."""
    done = geppetto("--version")

    assert done.returncode == 0
    assert done.stdout.startswith("geppetto 0.")


@pytest.mark.parametrize("group", ["engines", "middlewares", "plugins", "tools"])
def test_a_group_alone_shows_its_help(geppetto: Geppetto, group: str) -> None:
    """A group without a command shows its own help, with the commands that are imported later."""
    done = geppetto(group)

    assert done.returncode == 0
    assert "  list " in done.stdout
    assert ("  schema " in done.stdout) is (group == "middlewares")
    assert ("  call " in done.stdout) is (group == "tools")


def test_a_misspelt_command_names_the_nearest(geppetto: Geppetto) -> None:
    """An unknown command is a usage error with the nearest name."""
    done = geppetto("plugin", "list")

    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean plugins?" in done.stderr


def test_a_plugin_gives_a_command(geppetto: Geppetto, install: Install) -> None:
    """A plugin's command stands in the help with its owner, unimported, and runs when chosen."""
    install("geppetto-hello", "[geppetto.commands]\nhello = hello_plugin\n", hello_plugin=COMMAND)
    install("geppetto-bomb", "[geppetto.commands]\nbomb = bomb_plugin\n", bomb_plugin="raise SystemExit(77)")

    listed, said = geppetto("--help"), geppetto("hello", "you")

    assert listed.returncode == 0
    assert "(from geppetto-hello)" in listed.stdout
    assert "(from geppetto-bomb)" in listed.stdout
    assert (said.returncode, said.stdout) == (0, "hello you\n")


def test_a_broken_command_breaks_itself_alone(geppetto: Geppetto, install: Install) -> None:
    """A command whose plugin fails is a plugin error when it is chosen; everything else works."""
    install("geppetto-bomb", "[geppetto.commands]\nbomb = bomb_plugin\n", bomb_plugin="raise SystemExit(77)")

    bomb, rest = geppetto("bomb"), geppetto("plugins", "list")

    assert bomb.returncode == 3
    assert "PLUGIN_FAILED" in bomb.stderr
    assert "geppetto plugins uninstall geppetto-bomb" in bomb.stderr
    assert rest.returncode == 0


def test_a_plugin_cannot_take_a_built_in_command(geppetto: Geppetto, install: Install) -> None:
    """A plugin's `plugins` is a conflict and the built-in one answers."""
    install(
        "geppetto-evil", "[geppetto.commands]\nplugins = evil_plugin\n", evil_plugin="raise SystemExit(77)"
    )

    done = geppetto("plugins", "list", "--kind", "command")

    assert done.returncode == 0
    assert "conflict" in done.stdout


@pytest.mark.parametrize(("arguments", "env"), [(("--no-plugins",), {}), ((), {"GEPPETTO_NO_PLUGINS": "1"})])
def test_no_plugins_hides_their_commands(
    geppetto: Geppetto, install: Install, arguments: tuple[str, ...], env: dict[str, str]
) -> None:
    """Without plugins their commands are neither listed nor run, and the reason is given."""
    install("geppetto-hello", "[geppetto.commands]\nhello = hello_plugin\n", hello_plugin=COMMAND)

    listed, said = geppetto(*arguments, "--help", **env), geppetto(*arguments, "hello", "you", **env)

    assert "hello" not in listed.stdout
    assert said.returncode == 3
    assert "PLUGIN_DISABLED" in said.stderr


def test_a_malformed_policy_stops_plugins_but_not_the_help(
    geppetto: Geppetto, install: Install, tmp_path: Path
) -> None:
    """With an unreadable plugins.toml the help works and warns; a plugin's command, which it may deny, does not run."""
    install("geppetto-hello", "[geppetto.commands]\nhello = hello_plugin\n", hello_plugin=COMMAND)
    file = tmp_path / "home" / "config" / "plugins.toml"
    file.parent.mkdir(parents=True)
    file.write_text("\ndeny = [")

    listed, said = geppetto("--help"), geppetto("hello", "you")

    assert listed.returncode == 0
    assert f"warning: {file}:2" in listed.stderr
    assert said.returncode == 2
    assert f"{file}:2" in said.stderr


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["plugins", "list"], ["plugins", "list", "--json"]]
)
def test_listing_imports_nothing_heavy(install: Install, tmp_path: Path, arguments: list[str]) -> None:
    """Help, version and the list of plugins import no plugin and none of the heavy libraries."""
    install("geppetto-hello", "[geppetto.commands]\nhello = hello_plugin\n", hello_plugin=COMMAND)
    code = f"import sys; from geppetto.cli import main; main({arguments!r}); print('MODULES', *sys.modules)"
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "GEPPETTO_HOME": str(tmp_path)}

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)

    modules = done.stdout.partition("MODULES")[2].split()
    heavy = {"pydantic", "httpx", "jsonschema", "yaml", "rich", "asyncio", "pluggy", "hello_plugin"}
    assert "geppetto.cli.app" in modules
    assert heavy.isdisjoint(modules)


def test_completion_imports_no_command(geppetto: Geppetto, install: Install) -> None:
    """The shell completes built-in and plugins' commands from the table and the metadata."""
    install("geppetto-bomb", "[geppetto.commands]\nplumb = bomb_plugin\n", bomb_plugin="raise SystemExit(77)")

    done = geppetto(_GEPPETTO_COMPLETE="bash_complete", COMP_WORDS="geppetto plu", COMP_CWORD="1")

    assert done.stdout.split() == ["plain,plugins", "plain,plumb"]


def test_entries_lead_to_commands() -> None:
    """Every entry of the tables that is written already is a command with that very help."""
    entries = {
        name: entry
        for name, entry in COMMANDS.items()
        if name in {"engines", "middlewares", "plugins", "tools"}
    }

    for name, entry in entries.items():
        command = entry.load()
        assert isinstance(command, click.Group)
        assert (command.name, command.help) == (name, entry.help)
    assert isinstance(app, click.Group)
