"""What a script threw, for people: message, code, and where in the script."""

from __future__ import annotations

from geppetto.errors import GeppettoError

from geppetto_js.cli.output import say
from geppetto_js.errors import JsError

__all__ = ["report"]


def report(error: Exception) -> None:
    """Write an error that nobody caught to standard error."""
    say(f"error: {_message(error)}", err=True)
    for note in getattr(error, "__notes__", ()):
        say(note, err=True)
    if isinstance(error, GeppettoError):
        code = error.js_code if isinstance(error, JsError) and error.js_code else error.code
        if error.next_step:
            say(f"  next:  {error.next_step}", err=True)
        say(f"  code:  {code}", err=True)


def _message(error: Exception) -> str:
    if isinstance(error, GeppettoError):
        return error.message
    return f"{type(error).__name__}: {error}"
