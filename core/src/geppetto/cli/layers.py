"""The layers below the options of a command: configuration files, a profile, the environment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from geppetto.config.document import Document
from geppetto.config.environment import read_environment
from geppetto.config.files import FILE, TrustStore, project_file, read_file
from geppetto.config.source import Layer
from geppetto.turns import thaw

if TYPE_CHECKING:
    from pathlib import Path

    from geppetto.cli.choice import Choice
    from geppetto.host import Host

__all__ = ["documents", "trust_store"]


def documents(host: Host, choice: Choice, cwd: Path) -> list[Document]:
    """Return what files, the profile and the environment say about a run, with a note for what is not trusted."""
    found: list[Document] = []
    user = host.paths.config / FILE
    if user.is_file():
        found += read_file(user).documents
    project = project_file(cwd)
    if project is not None and project.resolve() != user.resolve():
        read = read_file(project, trusted=trust_store(host).trusts(project))
        found += read.documents
        if read.refused:
            left_out = "\n  ".join(read.refused)
            click.echo(
                f"warning: {project} is not trusted; left out:\n  {left_out}\n  next: geppetto trust {project.parent}",
                err=True,
            )
    if choice.name:
        found.append(profile_document(choice))
    found.append(read_environment(host.env))
    return found


def profile_document(choice: Choice) -> Document:
    """Return a profile as a layer."""
    said = {
        "engine": choice.document.engine,
        "settings": choice.document.settings,
        "inference": choice.document.inference,
    }
    prompt = {"system_prompt": choice.runtime.system_prompt}
    tools = {"tools": list(choice.runtime.tools)} if choice.runtime.tools is not None else {}
    uses = {use.label: thaw(use.config or {}) for use in choice.runtime.middlewares or ()}
    values = {name: value for name, value in (said | prompt | {"middlewares": uses}).items() if value}
    return Document(f"profile {choice.name}", Layer.PROFILE, values | tools)


def trust_store(host: Host) -> TrustStore:
    """Return what the user trusts."""
    return TrustStore(host.paths.data / "trust.json")
