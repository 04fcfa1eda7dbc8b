"""Several stores as one: the last one is on top, a registry stands in one of them only, writes go to its owner."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto.errors import ProfileError, ProfileInvalid, ProfileNotFound, ReadOnlyStore
from geppetto.profile.documents import default_of
from geppetto.profile.resolve import resolve_profile, with_source
from geppetto.profile.slugs import slug

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.profile.model import Profile, Registry
    from geppetto.profile.resolve import ResolvedProfile
    from geppetto.profile.store import Store

__all__ = ["ProfileChain"]


class ProfileChain:
    """Look profiles up in ordered stores; stores can be connected and disconnected at any time.

    Without a registry a profile is looked for from the top store down, in each one by the names of its registries; without
    a profile the default of the default registry is meant: the first registry of the top store that has any.
    """

    def __init__(self, *stores: Store) -> None:
        self._stores: list[Store] = []
        for store in stores:
            self.connect(store)

    @property
    def stores(self) -> list[Store]:
        """The connected stores, lowest first."""
        return list(self._stores)

    def connect(self, store: Store) -> None:
        """Put a store on top; raise ProfileError for one that has a registry of a name that is there already."""
        for name in store.registries():
            owner = next((known for known in self._stores if name in known.registries()), None)
            if owner is not None:
                raise ProfileError(
                    f'duplicate registry slug "{name}" across profile registry sources: {owner.name} and {store.name}',
                    code="DUPLICATE_REGISTRY",
                    subject=name,
                    next_step="rename one of the two registries",
                )
        self._stores.append(store)

    def disconnect(self, name: str) -> None:
        """Take a store away and close it; raise ProfileNotFound for a name that none has."""
        found = next((store for store in self._stores if store.name == name), None)
        if found is None:
            raise ProfileNotFound("source", name, [store.name for store in self._stores])
        self._stores.remove(found)
        found.close()

    def registries(self) -> dict[str, Registry]:
        """Return all registries by their names, each saying which store it is from."""
        return {
            name: with_source(registry, store.name)
            for store in self._stores
            for name, registry in sorted(store.registries().items())
        }

    def registry(self, name: str = "") -> Registry:
        """Return a registry, the default one without a name. Raises ProfileNotFound."""
        found = self.registries()
        wanted = slug(name, "registry.slug", "registry slug") if name else self.default_registry()
        if wanted not in found:
            raise ProfileNotFound("registry", wanted, found)
        return found[wanted]

    def default_registry(self) -> str:
        """Return the name of the registry that is meant where none is named; raise ProfileInvalid without any."""
        for store in reversed(self._stores):
            names = sorted(store.registries())
            if names:
                return names[0]
        raise ProfileInvalid(
            "profile-settings.profile-registries",
            "there is no profile registry",
            code="PROFILE_REGISTRY_NOT_CONFIGURED",
            next_step="--profile-registries FILE,..., put one into the configuration folder, or name the one to write",
        )

    def locate(self, profile: str = "", registry: str = "") -> tuple[str, str]:
        """Return registry and profile that are meant; raise ProfileNotFound."""
        if registry or not profile:
            found = self.registry(registry)
            return found.slug, slug(profile, "profile.slug") if profile else default_of(found)
        wanted = slug(profile, "profile.slug")
        for store in reversed(self._stores):
            for name, kept in sorted(store.registries().items()):
                if wanted in kept.profiles:
                    return name, wanted
        known = {name for kept in self.registries().values() for name in kept.profiles}
        if not self.registries():
            self.default_registry()  # which says what to do
        raise ProfileNotFound("profile", wanted, known)

    def profile(self, profile: str = "", registry: str = "") -> Profile:
        """Return a profile as it is written, without what is below it. Raises ProfileNotFound."""
        where, name = self.locate(profile, registry)
        known = self.registries()[where].profiles
        if name not in known:
            raise ProfileNotFound("profile", name, known)
        return known[name]

    def resolve(
        self,
        profile: str = "",
        registry: str = "",
        *,
        overrides: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> ResolvedProfile:
        """Return what a run with a profile is (see `resolve_profile`); stacks may reach into every store."""
        where, name = self.locate(profile, registry)
        return resolve_profile(self.registries(), where, name, overrides=overrides, **options)

    def file_of(self, registry: str) -> str:
        """Return the file that a registry stands in, empty where it stands in none."""
        path = getattr(self._owner(registry), "path", None)
        return str(path) if path is not None else ""

    def lines_of(self, registry: str) -> tuple[str, Mapping[str, int]]:
        """Return the file of a registry and the line of each of its paths, where it stands in text."""
        from geppetto.turns import yaml_text

        file = self.file_of(registry)
        if not file.endswith((".yaml", ".yml")):
            return file, {}
        return file, yaml_text.lines(Path(file).read_bytes())

    def _owner(self, registry: str) -> Store | None:
        return next((store for store in self._stores if registry in store.registries()), None)

    def change(self, registry: str, change: Any) -> Registry | None:
        """Write through the store that owns a registry; a new one goes to the top store that can be written.

        Raises what `change` raises, ReadOnlyStore, and ProfileInvalid for what no stack could be expanded from.
        """
        found: Registry | None = self.writer_of(registry).change(registry, change)
        return found

    def writer_of(self, registry: str) -> Store:
        """Return the store that a write to a registry goes to; raise ReadOnlyStore where none takes it."""
        store = self._owner(registry) or next(
            (store for store in reversed(self._stores) if store.writable), None
        )
        if store is None or not store.writable:
            raise ReadOnlyStore(
                f'store is read-only: no writable profile registry for "{registry}"',
                subject=registry,
                next_step="connect a store that can be written, such as a database or a file of your own",
            )
        return store

    def close(self) -> None:
        """Close all stores, the top one first."""
        while self._stores:
            self._stores.pop().close()
