"""What `geppetto js` prints: any text of a script, and the value of its end as JSON."""

from __future__ import annotations

import json
import math
import os
import sys
from typing import TYPE_CHECKING, Any

import click

from geppetto_js.values.handles import JsFunction, JsPromise

if TYPE_CHECKING:
    from geppetto_js.runtime.runtime import Runtime

__all__ = ["say", "say_event", "say_value"]

#: a script may have made the name anything, even something that throws
_NAME_OF = """
(value) => { try { return typeof value.name === "string" ? value.name : ""; } catch { return ""; } }
"""


def say(text: str, *, err: bool = False) -> None:
    """Print a text; half a surrogate pair, and what the terminal has no letter for, as an escape."""
    encoding = _encoding(err=err)
    try:
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding), err=err)
    except BrokenPipeError:  # nobody reads any more, as after `| head`: the script need not go on
        _silence(err=err)
        raise SystemExit(1) from None


def say_event(event: Any) -> None:
    """Print an event as one line of JSON."""
    fields = event.to_json()
    text = json.dumps(fields, ensure_ascii=False, default=str)
    try:
        text.encode(_encoding(err=False))
    except UnicodeEncodeError:  # an escape of JSON's own, which `say` does not write
        text = json.dumps(fields, default=str)
    try:
        click.echo(text)
    except BrokenPipeError:  # in the host's own loop, which must go on
        _silence(err=False)


def say_value(value: Any, runtime: Runtime) -> None:
    """Print the value of a script: a text as it is, everything else as JSON."""
    shown = _shown(value, runtime)
    say(shown if isinstance(shown, str) else json.dumps(shown, indent=2, default=str, allow_nan=False))


def _silence(*, err: bool) -> None:
    """Let what is still to be printed, also at the end of the program, go nowhere."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, (sys.stderr if err else sys.stdout).fileno())
    os.close(nowhere)


def _encoding(*, err: bool) -> str:
    return (sys.stderr if err else sys.stdout).encoding or "utf-8"


def _shown(value: Any, runtime: Runtime) -> Any:
    """Return what JSON can hold: null for what is no number (as JavaScript does), a list for bytes."""
    if isinstance(value, dict):
        return {key: _shown(part, runtime) for key, part in value.items()}
    if isinstance(value, list):
        return [_shown(part, runtime) for part in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, bytes):
        return list(value)
    if isinstance(value, JsFunction):
        name = runtime.call(runtime.evaluate(_NAME_OF, "geppetto:name.js"), value, timeout=1.0)
        return f"[function {name or '(anonymous)'}]"
    return "[promise]" if isinstance(value, JsPromise) else value
