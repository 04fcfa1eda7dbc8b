"""Stores of registries: what each of them can do, and the rules of writing that all of them share.

A store reads and writes whole registries; every change is a pure function from a registry to a registry, so memory, YAML
and databases follow the same rules, and a crash leaves the old or the new one.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from geppetto.errors import PolicyViolation, ProfileInvalid, ProfileNotFound, VersionConflict
from geppetto.profile.documents import default_of
from geppetto.profile.stack import check_topology

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto.profile.model import Metadata, Profile, Registry

__all__ = [
    "Store",
    "Write",
    "create_profile",
    "delete_profile",
    "put_registry",
    "set_default",
    "update_profile",
]


@dataclass(slots=True, frozen=True)
class Write:
    """Who writes, and which version was read before; `expected` 0 means any."""

    expected: int = 0
    actor: str = ""
    source: str = ""
    now_ms: int = 0

    def touched(self, metadata: Metadata) -> Metadata:
        """Return metadata after this write."""
        now = self.now_ms or int(time.time() * 1000)
        return replace(
            metadata,
            version=metadata.version + 1,
            created_at_ms=metadata.created_at_ms or now,
            created_by=metadata.created_by or self.actor,
            updated_at_ms=now,
            updated_by=self.actor or metadata.updated_by,
            source=self.source or metadata.source,
        )


class Store(Protocol):
    """Where registries are kept."""

    #: how the store is called in messages and traces
    name: str
    writable: bool

    def registries(self) -> Mapping[str, Registry]:
        """Return all registries as they are now, other processes' writes included."""

    def change(self, registry: str, change: Any) -> Registry | None:
        """Read a registry, change it and write it, with nobody in between; return what was written.

        Raises what `change` raises, and ReadOnlyStore.
        """

    def close(self) -> None:
        """Give back what the store holds."""


def put_registry(registry: Registry, write: Write) -> Callable[[Registry | None], Registry]:
    """Return the change that makes or replaces a registry; what is known about its origin stays."""

    def change(before: Registry | None) -> Registry:
        _check_version("registry", registry.slug, write, before.metadata.version if before else 0)
        metadata = before.metadata if before else registry.metadata
        default = registry.default_profile or (before.default_profile if before else "")
        return _checked(replace(registry, metadata=write.touched(metadata), default_profile=default))

    return change


def create_profile(name: str, profile: Profile, write: Write) -> Callable[[Registry | None], Registry]:
    """Return the change that adds a profile; raise VersionConflict where one of its name exists."""

    def change(before: Registry | None) -> Registry:
        registry = _existing(name, before)
        if profile.slug in registry.profiles:
            version = registry.profiles[profile.slug].metadata.version
            step = "there is a profile of that name: update it, or give this one another name"
            raise VersionConflict("profile", profile.slug, 0, version, next_step=step)
        made = replace(profile, metadata=write.touched(profile.metadata))
        return _with_profiles(registry, {**registry.profiles, made.slug: made}, write)

    return change


def update_profile(
    name: str, profile: str, patch: Callable[[Profile], Profile], write: Write
) -> Callable[[Registry | None], Registry]:
    """Return the change that patches a profile; raise PolicyViolation for a read-only one."""

    def change(before: Registry | None) -> Registry:
        registry = _existing(name, before)
        old = _writable(registry, profile)
        _check_version("profile", profile, write, old.metadata.version)
        new = patch(old)
        if new.slug != profile:
            raise ProfileInvalid(
                "profile.slug", "a profile keeps its slug: create another one and delete this"
            )
        kept = replace(old.metadata, tags=new.metadata.tags)
        made = replace(new, metadata=write.touched(kept))
        return _with_profiles(registry, {**registry.profiles, profile: made}, write)

    return change


def delete_profile(name: str, profile: str, write: Write) -> Callable[[Registry | None], Registry]:
    """Return the change that takes a profile out; another one becomes the default where it was that."""

    def change(before: Registry | None) -> Registry:
        registry = _existing(name, before)
        old = _writable(registry, profile)
        _check_version("profile", profile, write, old.metadata.version)
        left = {key: value for key, value in registry.profiles.items() if key != profile}
        return _with_profiles(registry, left, write)

    return change


def set_default(name: str, profile: str, write: Write) -> Callable[[Registry | None], Registry]:
    """Return the change that makes a profile the default of its registry."""

    def change(before: Registry | None) -> Registry:
        registry = _existing(name, before)
        _profile(registry, profile)
        _check_version("registry", name, write, registry.metadata.version)
        return _checked(replace(registry, default_profile=profile, metadata=write.touched(registry.metadata)))

    return change


def _with_profiles(registry: Registry, profiles: dict[str, Profile], write: Write) -> Registry:
    changed = replace(registry, profiles=profiles, metadata=write.touched(registry.metadata))
    # a registry with profiles always has a default: without one its file could not be read again
    return _checked(replace(changed, default_profile=default_of(changed)))


def _checked(registry: Registry) -> Registry:
    """Return a registry that can be read again; raise ProfileInvalid for one that could not."""
    if registry.default_profile and registry.default_profile not in registry.profiles:
        raise ProfileInvalid("registry.default_profile_slug", "default profile does not exist in registry")
    check_topology({registry.slug: registry}, external=True)
    return registry if registry.default_profile else replace(registry, default_profile=default_of(registry))


def _existing(name: str, registry: Registry | None) -> Registry:
    if registry is None:
        raise ProfileNotFound("registry", name)
    return registry


def _profile(registry: Registry, profile: str) -> Profile:
    if profile not in registry.profiles:
        raise ProfileNotFound("profile", profile, registry.profiles)
    return registry.profiles[profile]


def _writable(registry: Registry, profile: str) -> Profile:
    found = _profile(registry, profile)
    if found.policy.read_only:
        raise PolicyViolation(
            profile, "profile is read-only", next_step="change its policy in the file, by hand"
        )
    return found


def _check_version(kind: str, name: str, write: Write, actual: int) -> None:
    if write.expected and write.expected != actual:
        raise VersionConflict(kind, name, write.expected, actual)
