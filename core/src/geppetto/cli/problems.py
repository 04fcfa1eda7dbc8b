"""What is wrong with what a user has configured, each with its next step: `doctor` shows all of it, whatever fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from geppetto.cli.failure import understood

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto.cli.shell import Shell
    from geppetto.host import Host

__all__ = ["Problems", "configured"]

T = TypeVar("T")


@dataclass(slots=True)
class Problems:
    """Errors as `--json` prints them, and warnings of what works otherwise than somebody may think."""

    errors: list[dict[str, Any]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def tried(self, step: Callable[[], T], otherwise: T) -> T:
        """Return what a step gives; where it raises, keep that once and return the other value."""
        try:
            return step()
        except Exception as raised:
            error = understood(raised).to_json()
            self.warnings += [
                each for each in error["details"].pop("warnings", ()) if each not in self.warnings
            ]
            error["next_step"] = error["next_step"] or f"correct {error['subject'] or 'what is named'}"
            if error not in self.errors:
                self.errors.append(error)
            return otherwise


def configured(shell: Shell) -> Problems:
    """Read all that is configured: the policy, the files, the environment, the profiles, and what a run makes of them."""
    from geppetto.host import Host

    found = Problems()
    found.tried(shell.policy, None)
    registry = shell.listing(quiet=True)
    found.warnings += registry.notes()
    with Host(registry=registry, env=shell.env) as host:
        for step in (_user_file, _project_file, _environment, _profiles):
            found.tried(lambda step=step: step(shell, host), None)  # type: ignore[misc]
        if not found.errors:  # else it would tell the same again
            found.warnings += found.tried(lambda: _default_run(shell, host), ())
    return found


def _user_file(_shell: Shell, host: Host) -> None:
    from geppetto.config.files import FILE, read_file

    if (file := host.paths.config / FILE).exists():
        read_file(file)


def _project_file(shell: Shell, _host: Host) -> None:
    from geppetto.config.files import FILE, read_file
    from geppetto.project import project_file

    if file := project_file(shell.cwd, FILE):
        read_file(file)


def _environment(shell: Shell, _host: Host) -> None:
    from geppetto.config.environment import read_environment

    read_environment(shell.env)


def _profiles(_shell: Shell, host: Host) -> None:
    from geppetto.cli.registries import require_databases

    require_databases(host)
    host.profiles.registries()


def _default_run(shell: Shell, host: Host) -> tuple[str, ...]:
    """Compose a run without options, and return what is to be said of it."""
    from geppetto.factory.request import Request, composed
    from geppetto.profile.selection import chosen_profile

    wanted = chosen_profile(None, shell.env)
    return composed(
        host, Request(chain=host.profiles if wanted else None, profile=wanted, cwd=shell.cwd)
    ).warnings
