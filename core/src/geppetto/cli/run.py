"""`geppetto run`: send a prompt, stream the reply, run tools, show what happened."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.shell import Shell, global_options, pass_shell

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["engine_options", "no_cache_option", "prompt_argument", "run"]


def _prompt(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str:
    """Take the prompt from the argument, or from standard input for `-` and for none in a pipe."""
    if value == "-" or (value is None and not sys.stdin.isatty()):
        value = sys.stdin.read()
    if not value or not value.strip():
        raise click.UsageError("there is no prompt: give it as an argument, or pipe it in and write -")
    return value


_FILE = click.Path(dir_okay=False, path_type=Path)


def engine_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say which engine, tools and middlewares a run or a chat has."""
    for option in reversed((
        click.option("-e", "--engine", help="The engine, demo by default; `geppetto engines list` shows them."),
        click.option("-p", "--profile", help="The profile to run with; `geppetto profiles list` shows them."),
        click.option("--profile-registries", metavar="PLACES", help="Registry files and databases, last on top."),
        click.option("-m", "--model", help="The model to ask."),
        click.option("--base-url", help="Where the provider's API is."),
        click.option("--system", help="A system prompt."),
        click.option("--tool", "tools", multiple=True, metavar="NAME", help="Offer an installed tool."),
        click.option(
            "--middleware", "middlewares", multiple=True, metavar="NAME[:JSON]", help="Use an installed middleware."
        ),
        click.option("--allow-local", is_flag=True, help="Allow requests to this machine and its network."),
        click.option("--middleware-patch", type=_FILE, help="A file of edits to the chain of middlewares."),
        click.option("--set", "assignments", multiple=True, metavar="PATH=VALUE", help="Set one value, as YAML: temperature=0.2, tools.names=[clock]."),
    )):  # fmt: skip
        command = option(command)
    return command


def _run_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed((
        click.option("--timeout", type=click.FloatRange(min=0), help="Seconds until the run is stopped."),
        click.option("--cost", is_flag=True, help="Say what the run cost, by the installed catalogue's prices."),
        click.option("--events", is_flag=True, help="Print every event as a line of JSON."),
        click.option("--json", "as_json", is_flag=True, help="Print the turn and the result as JSON."),
        click.option("-a", "--attach", "attachments", multiple=True, metavar="FILE", help="Add a file or URL to the prompt."),
        click.option("--schema", type=click.Path(dir_okay=False, path_type=Path), help="A JSON Schema that the reply must fit; prints the JSON."),
        click.option("--load", type=click.Path(dir_okay=False, path_type=Path), help="Go on from a saved turn."),
        click.option("--record", type=_FILE, help="Write what the engine is given and gives to a file, without secrets."),
        click.option("--record-http", type=_FILE, help="Write the requests and their answers to a file, without secrets."),
        click.option("--replay", type=_FILE, help="Run from a recorded file: no network, no key."),
        click.option("--overwrite", is_flag=True, help="Let --record and --record-http replace a file."),
        click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the turn to a file (.yaml, .json)."),
    )):  # fmt: skip
        command = option(command)
    return command


#: for whatever runs prompts
no_cache_option = click.option(
    "--no-cache", is_flag=True, help="Ask the engine, whatever the middlewares have kept, and keep nothing."
)
#: the argument PROMPT
prompt_argument = click.argument("prompt", required=False, callback=_prompt)


@click.command("run")
@prompt_argument
@engine_options
@no_cache_option
@_run_options
@global_options
@pass_shell
def run(shell: Shell, /, *, prompt: str, events: bool, as_json: bool, **options: Any) -> None:
    """Send PROMPT (or standard input, for -) and print the reply."""
    from geppetto.cli.execution import execute
    from geppetto.cli.output import EventLines, JsonDocument, Text

    if events and as_json:
        raise click.UsageError("--events and --json are two outputs: choose one")
    output = EventLines() if events else JsonDocument() if as_json else Text()
    code = execute(shell, prompt, output, **options)
    click.get_current_context().exit(code)
