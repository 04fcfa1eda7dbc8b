"""Conversation: what `geppetto chat` does with each line: a prompt, a part of one, or a command."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from geppetto.cli.execution import watch
from geppetto.cli.failure import paragraph
from geppetto.cli.table import harmless
from geppetto.cli.turnfile import load_turn, prompt_block, save_turn
from geppetto.errors import GeppettoError, nearest
from geppetto.turns import BlockKind, Turn, block, new_id

if TYPE_CHECKING:
    from geppetto.cli.output import Output
    from geppetto.inference import Session

__all__ = ["Conversation"]

_HELP = """\
/system TEXT   set the system prompt        /tools         list the tools offered
/attach FILE   add a file to the next one   /history       show the conversation
/save FILE     write the conversation       /load FILE     read one
/new           begin anew                   /quit          end (also Ctrl-D)
A line that ends with \\ goes on; lines between \"\"\" and \"\"\" are one prompt. Ctrl-C stops a reply."""
_FENCE = '"""'


class Conversation:
    """Hold a session and the lines that are not sent yet."""

    def __init__(self, session: Session, output: Output) -> None:
        self._session = session
        self._output = output
        self._lines: list[str] = []
        self._fenced = False
        self._attachments: list[str] = []
        self.open = True

    @property
    def latest(self) -> Turn | None:
        """The conversation as far as it has got; None before anything was said."""
        return self._session.latest

    @property
    def prompt(self) -> str:
        """What stands before the line that is typed."""
        return "... " if self._lines or self._fenced else "> "

    def take(self, line: str | None) -> None:
        """Take one line; None ends the conversation."""
        if line is None:
            self.open = False
        elif not self._lines and not self._fenced and line.startswith("/"):
            self.command(line)
        elif (text := self._whole(line)) is not None and text.strip():
            self._say(text)

    def _whole(self, line: str) -> str | None:
        """Return the prompt when this line ends it, else None."""
        if line.strip() == _FENCE:
            self._fenced = not self._fenced
            return None if self._fenced else self._collected()
        goes_on = line.endswith("\\")
        self._lines.append(line[:-1] if goes_on and not self._fenced else line)
        return None if self._fenced or goes_on else self._collected()

    def _collected(self) -> str:
        text = "\n".join(self._lines)
        self._lines.clear()
        return text

    def _say(self, text: str) -> None:
        """Send a prompt and show the reply; what goes wrong is told, and the conversation goes on."""
        try:
            user = prompt_block(text, self._attachments)
            self._attachments.clear()
            turn = (self._session.latest or Turn()).clone(id=new_id()).append(user)
            watch(self._session.start(turn), self._output)
        except GeppettoError as error:
            click.echo(paragraph(error), err=True)

    def command(self, line: str) -> None:
        """Carry out a line that begins with a slash."""
        name, _, argument = line[1:].strip().partition(" ")
        known = [method.removeprefix("_do_") for method in dir(self) if method.startswith("_do_")]
        if name not in known:
            guess = nearest(name, known)
            click.echo(f"no command /{name}; {f'did you mean /{guess}?' if guess else 'see /help'}", err=True)
            return
        try:
            getattr(self, f"_do_{name}")(argument.strip())
        except GeppettoError as error:
            click.echo(paragraph(error), err=True)

    def _do_help(self, _argument: str) -> None:
        click.echo(_HELP, err=True)

    def _do_quit(self, _argument: str) -> None:
        self.open = False

    def _do_new(self, _argument: str) -> None:
        self._session = self._session.fresh()
        click.echo("a new conversation", err=True)

    def _do_system(self, text: str) -> None:
        """Give the conversation its system prompt, in the place of the one it has."""
        turn = (self._session.latest or Turn()).clone(id=new_id())
        turn.blocks = [found for found in turn.blocks if found.kind is not BlockKind.SYSTEM]
        if text:
            turn.prepend(block.system(text))
        self._session.append(turn)
        click.echo(f"system prompt: {text or 'none'}", err=True)

    def _do_tools(self, _argument: str) -> None:
        tools = list(self._session.spec.tools or ())
        listed = "\n".join(f"{t.name}: {t.description}" for t in tools)
        click.echo(harmless(listed, sys.stderr) or "no tools are offered", err=True)

    def _do_attach(self, source: str) -> None:
        prompt_block("", [source])  # refused now rather than with the prompt
        self._attachments.append(source)
        click.echo(f"attached {source}", err=True)

    def _do_history(self, _argument: str) -> None:
        latest = self._session.latest
        for found in latest.blocks if latest else ():
            said = found.text or found.payload.get("name") or found.payload.get("result")
            click.echo(harmless(f"{found.kind.value}: {said}", sys.stdout))

    def _do_save(self, path: str) -> None:
        latest = self._session.latest
        if not path or latest is None:
            click.echo("usage: /save FILE, once something was said", err=True)
            return
        save_turn(latest, Path(path))
        click.echo(f"saved {path}", err=True)

    def _do_load(self, path: str) -> None:
        if not path:
            click.echo("usage: /load FILE", err=True)
            return
        turn, lost = load_turn(Path(path))
        self._session = self._session.fresh()
        self._session.append(turn.clone(id=new_id()))
        click.echo(
            f"loaded {len(turn.blocks)} blocks from {path}{f', {len(lost)} calls repaired' if lost else ''}",
            err=True,
        )
