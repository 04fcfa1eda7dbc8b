"""Failures: every error becomes one paragraph for people, or one JSON object, and an exit code."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import click

from geppetto.cli.streams import aside, stdout_failed
from geppetto.cli.table import clean
from geppetto.errors import GeppettoError, UsageError

__all__ = ["paragraph", "report", "understood"]

INTERRUPTED = 130
_NO_WRITING = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
_STEPS = {
    errno.ENOSPC: "make room on the disk",
    errno.EDQUOT: "make room: the quota is used up",
    errno.EROFS: "choose a place that can be written",
}


def report(error: BaseException, *, as_json: bool = False) -> int:
    """Write an error to stderr, or with `as_json` to stdout, and return the exit code.

    Of a reader that has gone nothing is said; JSON that stdout does not take is told on stderr.
    """
    if isinstance(error, BrokenPipeError):
        return 1
    failure, code = _understand(error)
    if not (as_json and _printed(failure)):
        aside(paragraph(failure))
    return code


def _printed(error: GeppettoError) -> bool:
    try:
        # what is no JSON in the details is still worth reading
        click.echo(json.dumps({"error": error.to_json()}, indent=2, default=str))
    except OSError:
        return False
    return True


def paragraph(error: GeppettoError) -> str:
    """Return what went wrong, where, what to do next, and the code to search for."""
    lines = [f"error: {clean(error.message)}"]
    where = ", ".join(clean(part) for part in (error.phase, error.subject) if part)
    lines += [f"  where: {where}"] if where else []
    lines += [f"  next:  {clean(error.next_step)}"] if error.next_step else []
    return "\n".join([*lines, f"  code:  {error.code}"])


def understood(error: BaseException) -> GeppettoError:
    """Return the error to show for anything that was raised."""
    return _understand(error)[0]


def _understand(error: BaseException) -> tuple[GeppettoError, int]:
    """Return the error to show and the exit code for anything that a command raised."""
    if isinstance(error, GeppettoError):
        return error, error.exit_code
    if isinstance(error, click.UsageError):
        return _misuse(error), UsageError.exit_code
    if isinstance(error, click.ClickException):
        return GeppettoError(error.format_message(), phase="command line"), error.exit_code
    if isinstance(error, (KeyboardInterrupt, click.Abort)):
        said = GeppettoError(str(error) or "interrupted", code="INTERRUPTED", phase="")
        return said, getattr(error, "code", INTERRUPTED)  # that of a signal, where it was one
    return (_of_the_machine(error) if isinstance(error, OSError) else None) or _unexpected(error), 1


def _misuse(error: click.UsageError) -> GeppettoError:
    path = error.ctx.command_path if error.ctx else "geppetto"
    return UsageError(error.format_message(), phase="command line", subject=path, next_step=f"{path} --help")


def _of_the_machine(error: OSError) -> GeppettoError | None:
    """Return the error for a file that cannot be used, or for stdout; None where it may be a bug."""
    if error.filename is None:
        # every file that is written is named
        return stdout_failed(error) if error.errno in _NO_WRITING else None
    path = os.fsdecode(error.filename)
    there = path if os.path.lexists(path) else Path(path).parent
    return GeppettoError(
        f"{path}: {error.strerror}",
        code="FILE_NOT_USABLE",
        phase="files",
        subject=path,
        next_step=_STEPS.get(error.errno or 0, f"see what is there: ls -ld {there}"),
    )


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
