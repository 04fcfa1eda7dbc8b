"""Registries for commands that only read: a database whose name is mistyped is an error there, and no new empty file."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from geppetto.host import Host

__all__ = ["require_databases"]


def require_databases(host: Host, sources: str | None = None) -> None:
    """Raise ProfileError (REGISTRY_FILE_NOT_FOUND) where opening registries would make a new one.

    They are those at `sources`, else the ones that the environment and the folders name.
    """
    from geppetto.plugins.kinds import Kind
    from geppetto.profile.selection import chosen_sources
    from geppetto.profile.sources import no_file

    specs = [spec for spec in chosen_sources(sources, host.env, host.paths.config) if spec.kind != "yaml"]
    installed = host.registry.names(Kind.STORE) if specs else []
    for spec in specs:
        absent = host.registry.get(Kind.STORE, spec.kind).absent if spec.kind in installed else None
        file = absent(spec.place) if absent else None
        if file is not None:
            make = f"geppetto profiles create PROFILE.yaml --registry team --profile-registries {spec.kind}:{spec.place}"
            raise no_file(file, f"check the path; a new database is made by: {make}")
