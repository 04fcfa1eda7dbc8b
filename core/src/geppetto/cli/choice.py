"""The profile of a run of the command line: the one that is named, or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import click

from geppetto.config import Layer, Source
from geppetto.profile.model import Runtime
from geppetto.profile.selection import chosen_profile
from geppetto.profile.settings import RunDocument, run_document

if TYPE_CHECKING:
    from geppetto.host import Host

__all__ = ["Choice", "chosen"]


@dataclass(slots=True)
class Choice:
    """What a profile says about a run; everything is empty where there is none."""

    name: str = ""
    runtime: Runtime = field(default_factory=Runtime)
    document: RunDocument = field(default_factory=RunDocument)

    def middlewares(self, host: Host) -> list[Any]:
        """Build the middlewares that are enabled, in their order, each from its own config."""
        return [
            host.contributions.middleware(
                use.name, [Source(f"profile {self.name}", Layer.PROFILE, dict(use.config or {}))]
            )
            for use in self.runtime.middlewares or ()
            if use.enabled is not False
        ]


def chosen(host: Host, profile: str | None, sources: str | None) -> Choice:
    """Return the profile that the options or the environment name; one is read only where it is named.

    Raises ProfileNotFound, and what is wrong with the registries.
    """
    wanted = chosen_profile(profile, host.env)
    if not wanted and sources is None:
        return Choice()
    chain = host.open_profiles(sources) if sources else host.profiles
    try:
        found = chain.resolve(wanted)
    finally:
        if sources:
            chain.close()
    document = run_document(found.runtime.settings)
    for name in document.ignored:
        click.echo(
            f"note: profile {found.profile}: {name} means nothing to the engine {document.engine}", err=True
        )
    return Choice(found.profile, found.runtime, document)
