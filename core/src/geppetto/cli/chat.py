"""`geppetto chat`: a conversation in the terminal."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from geppetto.cli.run import engine_options, no_cache_option
from geppetto.cli.shell import Shell, global_options, pass_shell
from geppetto.cli.signals import Ended, Signals

__all__ = ["chat"]


@click.command("chat")
@engine_options
@no_cache_option
@click.option("--load", type=click.Path(dir_okay=False), help="Go on from a saved turn.")
@click.option("--save", type=click.Path(dir_okay=False, path_type=Path), help="Write the conversation to a file at its end (.yaml, .json).")  # fmt: skip
@global_options
@pass_shell
def chat(
    shell: Shell,
    /,
    *,
    allow_local: bool,
    no_cache: bool,
    load: str | None,
    save: Path | None,
    **options: Any,
) -> None:
    """Talk with an engine. /help shows the commands; Ctrl-C stops a reply, Ctrl-D ends."""
    from geppetto.cli.conversation import Conversation
    from geppetto.cli.execution import build_session, saving
    from geppetto.cli.output import Text
    from geppetto.host import Host

    _edit_lines(shell)
    begun: list[Conversation] = []
    saved = saving(save, lambda: begun[0].latest if begun else None)
    with (
        Signals() as signals,
        saved,
        Host(registry=shell.registry(), env=shell.env, allow_local=allow_local, caches=not no_cache) as host,
    ):
        conversation = Conversation(build_session(host, **options), Text())
        begun.append(conversation)
        if load is not None:
            conversation.command(f"/load {load}")
        while conversation.open and not signals.code:
            conversation.take(_line(conversation.prompt))
    click.get_current_context().exit(signals.code)


def _line(prompt: str) -> str | None:
    """Read one line; None at the end of input, the empty text after Ctrl-C."""
    try:
        return input(prompt if sys.stdin.isatty() else "")
    except EOFError:
        return None
    except Ended:
        raise
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
    with suppress(OSError):  # a convenience: what cannot be kept is not
        history.parent.mkdir(parents=True, exist_ok=True)
        if history.exists():
            readline.read_history_file(history)
    readline.set_history_length(1000)

    def keep() -> None:
        with suppress(OSError):
            readline.write_history_file(history)

    atexit.register(keep)
