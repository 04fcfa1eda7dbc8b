"""The layers that stand whatever is asked for: configuration files of the user and the project, and the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.config.environment import read_environment
from geppetto.config.files import FILE, TrustStore, read_file
from geppetto.project import project_file

if TYPE_CHECKING:
    from pathlib import Path

    from geppetto.config.document import Document
    from geppetto.host import Host

__all__ = ["standing", "trust_store"]


def standing(host: Host, cwd: Path) -> tuple[list[Document], list[str]]:
    """Return what files and the environment say, and a warning for what a file that is not trusted may not say.

    Raises ConfigError with path and line for a file that cannot be used, and for an unknown variable.
    """
    found: list[Document] = []
    warnings: list[str] = []
    user = host.paths.config / FILE
    if user.is_file():
        found += read_file(user).documents
    project = project_file(cwd, FILE)
    if project is not None and project.resolve() != user.resolve():
        read = read_file(project, trusted=trust_store(host.paths.data).trusts(project))
        found += read.documents
        if read.refused:
            rows = "".join(f"\n  {row}" for row in read.refused)
            warnings.append(
                f"{project} is not trusted; left out:{rows}\n  next: geppetto trust {project.parent}"
            )
    found.append(read_environment(host.env))
    return found, warnings


def trust_store(data: Path) -> TrustStore:
    """Return what the user trusts."""
    return TrustStore(data / "trust.json")
