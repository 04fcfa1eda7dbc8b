"""Profiles as an application uses them: listed, resolved and written through a host, checked before they are written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.profile.model import Profile, Registry
from geppetto.profile.reading import read_profile
from geppetto.profile.redact import restored
from geppetto.profile.slugs import slug
from geppetto.profile.store import (
    Write,
    create_profile,
    delete_profile,
    put_registry,
    set_default,
    update_profile,
)
from geppetto.profile.writing import profile_to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from geppetto.profile.chain import ProfileChain

__all__ = ["ProfileService"]

#: what a patch of a profile may change
_PATCH = ("display_name", "description", "stack", "runtime", "policy", "metadata", "extensions")


class ProfileService:
    """Write profiles through the chain; `check` looks at each before it is written (middlewares, extensions)."""

    def __init__(self, chain: ProfileChain, check: Callable[[Profile], Profile]) -> None:
        self._chain, self._check = chain, check

    def ensure_registry(self, name: str, **write: Any) -> Registry:
        """Return a registry; make it, without profiles, in the store that takes new ones where nobody has it."""
        name = slug(name, "registry.slug", "registry slug")
        known = self._chain.registries()
        if name in known:
            return known[name]
        made = self._chain.change(name, put_registry(Registry(name), Write(**write)))
        assert made is not None
        return made

    def create(
        self, profile: Any, registry: str = "", *, new_registry: bool = False, **write: Any
    ) -> Profile:
        """Add a profile (an object or a Profile) to a registry; raise VersionConflict where one of its name exists.

        With `new_registry`, a registry that nobody has is made first.
        """
        made = self._check(_read(profile))
        if new_registry:
            registry = self.ensure_registry(registry).slug
        return self._written(registry, made.slug, lambda name: create_profile(name, made, Write(**write)))

    def replace(self, profile: Any, registry: str = "", **write: Any) -> Profile:
        """Put a whole profile in the place of the one of its name; raise as `update` does."""
        made = self._check(profile if isinstance(profile, Profile) else read_profile(profile))

        def put(old: Profile) -> Profile:
            given = None if isinstance(profile, Profile) else restored(profile, profile_to_json(old))
            return made if given == profile or given is None else self._check(read_profile(given))

        return self._written(
            registry, made.slug, lambda name: update_profile(name, made.slug, put, Write(**write))
        )

    def update(self, slug: str, patch: Mapping[str, Any], registry: str = "", **write: Any) -> Profile:
        """Change the given fields of a profile, secrets that are shown as `***` stay; raise ProfileNotFound, VersionConflict, PolicyViolation."""
        where, name = self._chain.locate(slug, registry)

        def changed(old: Profile) -> Profile:
            was = profile_to_json(old)
            given = restored(dict(patch), was)
            fields = {**was, **{key: value for key, value in given.items() if key in _PATCH}}
            others = {
                key: value for key, value in patch.items() if key not in _PATCH
            }  # another slug is refused
            return self._check(read_profile({**fields, **others}))

        return self._written(where, name, lambda at: update_profile(at, name, changed, Write(**write)))

    def delete(self, slug: str, registry: str = "", **write: Any) -> None:
        """Take a profile out; another one becomes the default where it was that."""
        where, name = self._chain.locate(slug, registry)
        self._chain.change(where, delete_profile(where, name, Write(**write)))

    def set_default(self, slug: str, registry: str = "", **write: Any) -> Registry:
        """Make a profile the default of its registry."""
        where, name = self._chain.locate(slug, registry)
        made = self._chain.change(where, set_default(where, name, Write(**write)))
        assert made is not None
        return made

    def _written(self, registry: str, slug: str, change: Callable[[str], Any]) -> Profile:
        where = registry or self._chain.default_registry()
        made = self._chain.change(where, change(where))
        assert made is not None
        return made.profiles[slug]


def _read(profile: Any) -> Profile:
    return profile if isinstance(profile, Profile) else read_profile(restored(profile, {}))
