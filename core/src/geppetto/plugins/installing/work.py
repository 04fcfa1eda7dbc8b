"""A plan is shown, then done, command by command: what installers write goes to stderr, and a failure ends it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING

from geppetto.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from geppetto.plugins.installing.command import Plan

__all__ = ["lines", "perform"]

#: what stands before the host of an address: a name with a password, or a token alone; `git@` of ssh is neither
_SECRET = re.compile(r"(?<=://)[^/@\s]*:[^/@\s]+(?=@)|(?<=https://)[^/@\s]+(?=@)|(?<=http://)[^/@\s]+(?=@)")


def lines(plan: Plan) -> list[str]:
    """Return the commands as one types them, with `***` for what an address has of a key."""
    before = [f"{name}={shlex.quote(value)}" for name, value in plan.env.items()]
    return [_SECRET.sub("***", " ".join([*before, _typed(command)])) for command in plan.commands]


def perform(plan: Plan, env: Mapping[str, str], tell: Callable[[str], None]) -> None:
    """Run the commands in order, each told before; raise PluginError for the first that fails."""
    for command, line in zip(plan.commands, lines(plan), strict=True):
        tell(line)
        try:
            # stdout is the program's own, and may be JSON; the command is what the user asked for, without a shell
            done = subprocess.run(command, stdout=sys.stderr.fileno(), env={**env, **plan.env}, check=False)  # noqa: S603
        except OSError as error:
            raise PluginError(
                f"{command[0]} cannot be run: {error.strerror}",
                code="PLUGIN_INSTALLER_MISSING",
                subject=command[0],
                next_step=f"see whether it works by itself: {line}",
            ) from error
        if done.returncode:
            raise PluginError(
                f"{plan.manager} ended with exit code {done.returncode}: what it said stands above",
                code="PLUGIN_INSTALL_FAILED",
                subject=line,
                next_step="correct what it names; geppetto plugins list shows what is there now",
                details={"exit_code": done.returncode, "command": line},
            )


def _typed(command: Sequence[str]) -> str:
    return subprocess.list2cmdline(command) if sys.platform == "win32" else shlex.join(command)
