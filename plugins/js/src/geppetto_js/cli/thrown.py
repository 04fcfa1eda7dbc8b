"""What a script threw, for people: message, code, and where in the script."""

from __future__ import annotations

import click
from geppetto.errors import GeppettoError

from geppetto_js.errors import JsError

__all__ = ["report"]


def report(error: Exception) -> None:
    """Write an error that nobody caught to standard error."""
    click.echo(f"error: {_message(error)}", err=True)
    for note in getattr(error, "__notes__", ()):
        click.echo(note, err=True)
    if isinstance(error, GeppettoError):
        code = error.js_code if isinstance(error, JsError) and error.js_code else error.code
        if error.next_step:
            click.echo(f"  next:  {error.next_step}", err=True)
        click.echo(f"  code:  {code}", err=True)


def _message(error: Exception) -> str:
    if isinstance(error, GeppettoError):
        return error.message
    return f"{type(error).__name__}: {error}"
