"""The command `geppetto`: the table of its commands, those of plugins merged in, and how a run of it ends."""

from __future__ import annotations

import itertools
import os
import sys
from typing import TYPE_CHECKING

import click

from geppetto.cli.failure import report
from geppetto.cli.lazy import Entry, LazyGroup
from geppetto.cli.shell import Shell, global_options
from geppetto.cli.streams import give_up, prepare
from geppetto.errors import GeppettoError, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["COMMANDS", "app", "run"]

COMMANDS = {
    "chat": Entry("geppetto.cli.chat:chat", "Talk with an engine, line by line."),
    "config": Entry("geppetto.cli.config:config", "Explain which value came from where."),
    "doctor": Entry("geppetto.cli.doctor:doctor", "Show what is installed, configured and missing."),
    "embed": Entry("geppetto.cli.embed:embed", "Turn texts into vectors."),
    "engines": Entry("geppetto.cli.contributions:engines", "List the engines that can be used."),
    "extensions": Entry("geppetto.cli.contributions:extensions", "List what profiles can be extended with."),
    "keys": Entry("geppetto.cli.keys:keys", "Store, list and remove the keys of providers."),
    "middlewares": Entry("geppetto.cli.contributions:middlewares", "List middlewares and their settings."),
    "models": Entry("geppetto.cli.models:models", "Show models: context windows, limits, prices."),
    "plan": Entry("geppetto.cli.plan:plan", "Show what a run will be, and where each value is from."),
    "plugins": Entry("geppetto.cli.plugins:plugins", "List plugins and say what is wrong with them."),
    "profiles": Entry("geppetto.cli.profiles:profiles", "List profiles, and show what comes of them."),
    "run": Entry("geppetto.cli.run:run", "Send a prompt and print the reply."),
    "tokens": Entry("geppetto.cli.tokens:tokens", "Count the tokens of a prompt."),
    "trust": Entry("geppetto.cli.trust:trust", "Trust a project's geppetto.yaml."),
    "tools": Entry("geppetto.cli.contributions:tools", "List tools and call one."),
}


class _Root(LazyGroup):
    """The built-in commands, and those of plugins under names that are not taken."""

    def helps(self, ctx: click.Context) -> dict[str, str]:
        """Return help for every command; a plugin's says who gives it, for its own would need an import."""
        from geppetto.plugins.kinds import Kind
        from geppetto.plugins.lookup import USABLE

        rows = ctx.ensure_object(Shell).listing().rows(Kind.COMMAND)
        given = {row.name: f"(from {row.distribution})" for row in rows if row.status in USABLE}
        return {**given, **super().helps(ctx)}

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a built-in command, else a plugin's; a broken plugin is an error of that command alone."""
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name.startswith("-"):
            return own
        return _of_plugin(ctx, cmd_name)


def _of_plugin(ctx: click.Context, name: str) -> click.Command | None:
    from geppetto.plugins.kinds import Kind

    try:
        command: click.Command = ctx.ensure_object(Shell).registry().get(Kind.COMMAND, name)
    except NotFound:
        return None
    except GeppettoError:
        if ctx.resilient_parsing:
            return None  # completion stays silent
        raise
    return command


def _show_version(ctx: click.Context, _option: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"geppetto {version('geppetto')}")
        except PackageNotFoundError:
            click.echo("geppetto (not installed)")
        ctx.exit()


@click.group("geppetto", cls=_Root, table=COMMANDS)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
@global_options
def app() -> None:
    """Run language models through plugins: engines, middlewares, tools."""


def run(argv: Sequence[str]) -> int:
    """Run the command line with these arguments and return the exit code."""
    prepare()
    shell = Shell(commands=COMMANDS)
    try:
        return _invoke(list(argv), shell)
    except SystemExit:
        raise  # a plugin's command may end as it likes
    except BaseException as error:
        if shell.traceback and not isinstance(error, (click.ClickException, BrokenPipeError)):
            raise
        return report(error, as_json="--json" in itertools.takewhile("--".__ne__, argv))
    finally:
        give_up()


def _invoke(argv: list[str], shell: Shell) -> int:
    wanted = os.environ.get("_GEPPETTO_COMPLETE")
    if wanted:
        from click.shell_completion import shell_complete

        shell.silent = True
        return shell_complete(app, {"obj": shell}, "geppetto", "_GEPPETTO_COMPLETE", wanted)
    code = 0
    try:
        with app.make_context("geppetto", argv, obj=shell) as ctx:
            app.invoke(ctx)
    except click.exceptions.Exit as end:
        code = end.exit_code
    sys.stdout.flush()  # here, where a reader that has gone is noticed quietly
    return code
