"""Lazy groups: commands that stand in a table with their help and are imported when chosen."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem

from geppetto.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Entry", "LazyGroup"]


@dataclass(slots=True, frozen=True)
class Entry:
    """Where a command is defined, as `module:attribute`, and its one line of help."""

    target: str
    help: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, name = self.target.partition(":")
        command = getattr(import_module(module), name)
        if not isinstance(command, click.Command):
            raise TypeError(f"{self.target} is no command")
        return command


class LazyGroup(click.Group):
    """A group that shows help for its commands without importing them, and its own help when none is chosen."""

    def __init__(self, *args: Any, table: Mapping[str, Entry] | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self._table = dict(table or {})

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Show the help when no command is given."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help())
            ctx.exit()
        return super().parse_args(ctx, args)

    def helps(self, _ctx: click.Context) -> dict[str, str]:
        """Return the one-line help of each command by name."""
        lines = {name: command.get_short_help_str(100) for name, command in self.commands.items()}
        return {**{name: entry.help for name, entry in self._table.items()}, **lines}

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of the commands, sorted."""
        return sorted(self.helps(ctx))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command, imported now, or None."""
        entry = self._table.get(cmd_name)
        return entry.load() if entry else super().get_command(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that the first argument names; raise a usage error that names the nearest."""
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            guess = nearest(args[0], self.list_commands(ctx))
            ctx.fail(f"no command '{args[0]}'{f'; did you mean {guess}?' if guess else ''}")
        return args[0] if command else None, command, args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands into the help."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(self.helps(ctx).items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands from the table, and options."""
        names = [
            CompletionItem(name, help=line)
            for name, line in sorted(self.helps(ctx).items())
            if name.startswith(incomplete)
        ]
        return names + click.Command.shell_complete(self, ctx, incomplete)
