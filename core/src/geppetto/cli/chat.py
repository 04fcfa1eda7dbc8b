"""`geppetto chat`: a conversation in the terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from geppetto.cli.run import engine_options
from geppetto.cli.shell import Shell, global_options, pass_shell

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["chat"]


@click.command("chat")
@engine_options
@click.option("--load", type=click.Path(dir_okay=False), help="Go on from a saved turn.")
@global_options
@pass_shell
def chat(shell: Shell, /, *, allow_local: bool, load: str | None, **options: Any) -> None:
    """Talk with an engine. /help shows the commands; Ctrl-C stops a reply, Ctrl-D ends."""
    from geppetto.cli.conversation import Conversation
    from geppetto.cli.execution import build_session
    from geppetto.cli.output import Text
    from geppetto.host import Host

    _edit_lines(shell)
    with Host(registry=shell.registry(), env=shell.env, allow_local=allow_local) as host:
        conversation = Conversation(build_session(host, **options), Text())
        if load is not None:
            conversation.command(f"/load {load}")
        while conversation.open:
            conversation.take(_line(conversation.prompt))


def _line(prompt: str) -> str | None:
    """Read one line; None at the end of input, the empty text after Ctrl-C."""
    try:
        return input(prompt if sys.stdin.isatty() else "")
    except EOFError:
        return None
    except KeyboardInterrupt:
        click.echo("", err=True)
        return ""


def _edit_lines(shell: Shell) -> None:
    """Give the terminal line editing and a history that is kept, where the platform has readline."""
    if not sys.stdin.isatty():
        return
    try:
        import readline
    except ImportError:
        return
    import atexit

    from geppetto.plugins.paths import paths

    history: Path = paths(shell.env).data / "chat_history"
    history.parent.mkdir(parents=True, exist_ok=True)
    if history.exists():
        readline.read_history_file(history)
    readline.set_history_length(1000)
    atexit.register(readline.write_history_file, history)
