"""`geppetto js repl`: JavaScript line by line, with history and completion."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from geppetto_js.cli.output import say
from geppetto_js.cli.thrown import report
from geppetto_js.errors import JsError
from geppetto_js.taking import taker

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto.cli.shell import Shell

    from geppetto_js.script import ScriptHost
    from geppetto_js.taking import TakingRuntime
    from geppetto_js.values.handles import JsFunction

__all__ = ["complete", "converse", "is_open"]

_OPEN, _CLOSE = "([{", ")]}"
_TEXTS = re.compile(
    r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:\\.|[^`\\])*`|//[^\n]*|/\*.*?\*/""", re.DOTALL
)
_PATH = re.compile(r"[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*\.?$")
_START = 'globalThis.gp = require("geppetto"); undefined'
#: the last value is `_`, and is shown by the script's side: not every value can cross to Python
_SHOW = """
((console) => (value) => { globalThis._ = value; if (value !== undefined) console.log(value); })({ ...console })
"""


def converse(scripts: ScriptHost, shell: Shell) -> None:
    """Read lines until the end of input; an error is shown, and the conversation goes on."""
    runtime = scripts.runtime
    runtime.evaluate(_START, "repl")
    show = taker(runtime, _SHOW)
    save = _history(shell, lambda text: complete(scripts, text))
    try:
        while (source := _read()) is not None:
            if source.strip():
                _answer(runtime, show, source)
    finally:
        save()


def _answer(runtime: TakingRuntime, show: JsFunction, source: str) -> None:
    """Run an input and show what it gives; Ctrl-C ends it, and not the conversation."""
    try:
        _run(runtime, show, source)
    except KeyboardInterrupt:
        say("\ninterrupted", err=True)
    except Exception as error:
        report(error)
    for rejected in runtime.unhandled_rejections():
        if isinstance(rejected, Exception):
            report(rejected)


def _run(runtime: TakingRuntime, show: JsFunction, source: str) -> None:
    if "await" not in source:
        runtime.evaluate_into(show, source, "repl")
        return
    # an expression gives its value, anything else is run; both as an async function
    made = f"(async () => ({source.rstrip().rstrip(';')}\n))"
    try:
        runtime.evaluate(made, "repl")  # read, not run: a SyntaxError of a run must not run it again
    except JsError:
        made = f"(async () => {{ {source}\n }})"
    runtime.evaluate_into(show, f"{made}()", "repl")


def _read() -> str | None:
    """Return the next input, with the lines that belong to it; None at the end."""
    lines: list[str] = []
    while True:
        try:
            line = input("... " if lines else "> ")
        except EOFError:
            click.echo()
            return None
        except KeyboardInterrupt:
            click.echo()
            return ""
        if not lines and line.strip() in {".exit", ".quit"}:
            return None
        lines.append(line)
        source = "\n".join(lines)
        if not is_open(source):
            return source


def is_open(source: str) -> bool:
    """Say whether an input goes on in the next line: a bracket is open."""
    bare = _TEXTS.sub("", source)
    return sum(bare.count(c) for c in _OPEN) > sum(bare.count(c) for c in _CLOSE)


def complete(scripts: ScriptHost, text: str) -> list[str]:
    """Return what a text may become: names of globals, and of what stands before the last dot."""
    if text and not _PATH.fullmatch(text):
        return []
    head, dot, tail = text.rpartition(".")
    target = head or "globalThis"
    source = (
        "((o) => { const names = new Set(); for (let p = Object(o); p && p !== Object.prototype; p = "
        "Object.getPrototypeOf(p)) Object.getOwnPropertyNames(p).forEach((n) => names.add(n)); return [...names]; })"
        f"({target})"
    )
    try:
        names = scripts.runtime.evaluate(source, "repl", timeout=1.0)
    except Exception:
        return []
    fits = sorted(name for name in names if name.startswith(tail) and name != "constructor")
    return [f"{head}{dot}{name}" for name in fits]


def _history(shell: Shell, completer: Callable[[str], list[str]]) -> Callable[[], None]:
    """Load the history and set the completion up; return what writes the history."""
    try:
        import readline
    except ImportError:  # no line editing on this system
        return lambda: None
    from geppetto.plugins.paths import paths

    file = paths(shell.env).data / "js_history"

    def next_of(text: str, state: int) -> str | None:
        found = completer(text)
        return found[state] if state < len(found) else None

    readline.set_completer_delims(" \t\n()[]{}=+-*/,;:<>!&|")
    readline.set_completer(next_of)
    readline.parse_and_bind("tab: complete")
    if file.is_file():
        readline.read_history_file(file)

    def save() -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        readline.write_history_file(file)

    return save
