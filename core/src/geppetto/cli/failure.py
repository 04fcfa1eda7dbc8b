"""Failures: every error becomes one paragraph for people, or one JSON object, and an exit code."""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import click

from geppetto.cli.table import clean
from geppetto.errors import GeppettoError, UsageError

__all__ = ["paragraph", "report"]

INTERRUPTED = 130


def report(error: BaseException, *, as_json: bool = False) -> int:
    """Write an error to stderr, or with `as_json` to stdout, and return the exit code."""
    if isinstance(error, BrokenPipeError):
        return _hang_up()
    failure, code = _understand(error)
    if as_json:
        # what is no JSON in the details is still worth reading
        click.echo(json.dumps({"error": failure.to_json()}, indent=2, default=str))
    else:
        click.echo(paragraph(failure), err=True)
    return code


def paragraph(error: GeppettoError) -> str:
    """Return what went wrong, where, what to do next, and the code to search for."""
    lines = [f"error: {clean(error.message)}"]
    where = ", ".join(clean(part) for part in (error.phase, error.subject) if part)
    lines += [f"  where: {where}"] if where else []
    lines += [f"  next:  {clean(error.next_step)}"] if error.next_step else []
    return "\n".join([*lines, f"  code:  {error.code}"])


def _understand(error: BaseException) -> tuple[GeppettoError, int]:
    """Return the error to show and the exit code for anything that a command raised."""
    if isinstance(error, GeppettoError):
        return error, error.exit_code
    if isinstance(error, click.UsageError):
        return _misuse(error), UsageError.exit_code
    if isinstance(error, click.ClickException):
        return GeppettoError(error.format_message(), phase="command line"), error.exit_code
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        return GeppettoError("interrupted", code="INTERRUPTED", phase=""), INTERRUPTED
    return _unexpected(error), 1


def _misuse(error: click.UsageError) -> GeppettoError:
    path = error.ctx.command_path if error.ctx else "geppetto"
    return UsageError(error.format_message(), phase="command line", subject=path, next_step=f"{path} --help")


def _unexpected(error: BaseException) -> GeppettoError:
    from geppetto.plugins.checks import in_words

    return GeppettoError(
        in_words(error),
        code="INTERNAL",
        phase=_place(error),
        next_step="run the command again with --traceback, and report what it shows",
    )


def _place(error: BaseException) -> str:
    """Return the module that raised: it says whether the core or a plugin is to blame."""
    trace = error.__traceback__
    module: Any = "geppetto"
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", module)
        trace = trace.tb_next
    return str(module)


def _hang_up() -> int:
    """Say nothing when the reader of our output has gone, also not when Python flushes at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 1
