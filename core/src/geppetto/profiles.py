"""`geppetto.profiles`: the profile registries of the default host: listed, resolved, written, connected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.default import default_host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.profile.model import Profile, Registry
    from geppetto.profile.resolve import ResolvedProfile

__all__ = [
    "connect_stack",
    "connected_sources",
    "create_profile",
    "delete_profile",
    "disconnect_stack",
    "get_profile",
    "get_registry",
    "list_profiles",
    "list_registries",
    "resolve",
    "set_default_profile",
    "update_profile",
]


def list_registries() -> list[Registry]:
    """Return all registries, sorted by slug; raise ProfileError (PROFILE_REGISTRY_NOT_CONFIGURED) without any."""
    chain = default_host().profiles
    chain.default_registry()
    return [registry for _, registry in sorted(chain.registries().items())]


def get_registry(registry: str = "") -> Registry:
    """Return a registry, the default one without a name. Raises ProfileNotFound."""
    return default_host().profiles.registry(registry)


def list_profiles(registry: str = "") -> list[Profile]:
    """Return the profiles of a registry, sorted by slug."""
    return [profile for _, profile in sorted(get_registry(registry).profiles.items())]


def get_profile(profile: str, registry: str = "") -> Profile:
    """Return a profile as it is written, without what is below it in its stack."""
    return default_host().profiles.profile(profile, registry)


def resolve(
    profile: str = "",
    registry: str = "",
    *,
    overrides: Mapping[str, Any] | None = None,
    runtime_key: str = "",
) -> ResolvedProfile:
    """Return what comes of a profile: its stack in one, a request's overrides under its policy, the fingerprint."""
    return default_host().resolve_profile(profile, registry, overrides=overrides, runtime_key=runtime_key)


def create_profile(profile: Any, registry: str = "", **write: Any) -> Profile:
    """Add a profile; `write` may say `expected` (version), `actor` and `source`."""
    return default_host().profile_service().create(profile, registry, **write)


def update_profile(profile: str, patch: Mapping[str, Any], registry: str = "", **write: Any) -> Profile:
    """Change the given fields of a profile."""
    return default_host().profile_service().update(profile, patch, registry, **write)


def delete_profile(profile: str, registry: str = "", **write: Any) -> None:
    """Take a profile out."""
    default_host().profile_service().delete(profile, registry, **write)


def set_default_profile(profile: str, registry: str = "", **write: Any) -> Registry:
    """Make a profile the default of its registry."""
    return default_host().profile_service().set_default(profile, registry, **write)


def connect_stack(places: str) -> list[str]:
    """Connect registry files and databases (`a.yaml,b.db`) on top of what is there; return all sources."""
    host = default_host()
    added = host.open_profiles(places)
    for store in added.stores:
        host.profiles.connect(store)
    return connected_sources()


def disconnect_stack(source: str) -> list[str]:
    """Take a source away and close it; return those that are left. Raises ProfileNotFound."""
    default_host().profiles.disconnect(source)
    return connected_sources()


def connected_sources() -> list[str]:
    """Return the names of the connected sources, the top one last."""
    return [store.name for store in default_host().profiles.stores]
