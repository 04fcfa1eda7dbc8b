"""What a host knows of profiles: its registries, what comes of a profile, and who writes one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.given import places
from geppetto.plugins.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.engine.deps import Paths
    from geppetto.given import Places
    from geppetto.plugins.offered import Offered
    from geppetto.plugins.registry import PluginRegistry
    from geppetto.profile.chain import ProfileChain
    from geppetto.profile.resolve import ResolvedProfile
    from geppetto.profile.service import ProfileService
    from geppetto.threads import Threads

__all__ = ["Profiled"]


class Profiled:
    """The part of a host that opens registries when they are first asked for, and closes them with it."""

    env: Mapping[str, str]
    paths: Paths
    registry: PluginRegistry
    offered: Offered
    threads: Threads
    default_registry_slug: str
    default_profile_slug: str
    _profiles: Any  # a chain, or what one is opened from

    def _take_profiles(self, given: ProfileChain | Places | None) -> None:
        self._profiles = given if hasattr(given, "stores") else places("profile_registry", given)

    @property
    def profiles(self) -> ProfileChain:
        """The profile registries: those that were given, else the ones that the environment and the folders name."""
        self.threads.check_open()
        if self._profiles is None or isinstance(self._profiles, (str, list)):
            self._profiles = self.open_profiles(self._profiles)
        return self._profiles  # type: ignore[no-any-return]  # a chain now

    def open_profiles(self, sources: Places | None = None) -> ProfileChain:
        """Open registries by their places (`a.yaml,b.db`, or a list); without any the environment's, else the user's own.

        Raises ProfileError for a place that cannot be opened.
        """
        from geppetto.profile.selection import chosen_sources, named_sources, own_store
        from geppetto.profile.sources import open_chain

        self.threads.check_open()
        wanted = places("sources", sources)
        specs = chosen_sources(wanted, self.env, self.paths.config)
        names = self.registry.names(Kind.STORE) if any(spec.kind != "yaml" for spec in specs) else []
        chain = open_chain(specs, {name: self.registry.get(Kind.STORE, name) for name in names})
        if wanted in (None, "") and not named_sources("", self.env):
            own_store(chain, self.paths.config)
        return chain

    def resolve_profile(self, profile: str = "", registry: str = "", **options: Any) -> ResolvedProfile:
        """Return what comes of a profile: the named one, the environment's, else the default.

        Options: `overrides` under its policy, `runtime_key`, `open_by_default`, `chain` for other registries than the
        host's. The fingerprint includes the versions of
        the plugins that take part.
        """
        from geppetto.factory.versions import with_versions

        chain = options.pop("chain", None) or self.profiles
        wanted, where = self.wanted_profile(profile), registry or self.default_registry_slug
        return with_versions(self.offered, chain.resolve(wanted, where, **options))

    def profile_service(self, chain: ProfileChain | None = None) -> ProfileService:
        """Return what writes profiles, each looked at before: unknown middlewares, configs that do not fit."""
        from geppetto.factory.check import checked_profile
        from geppetto.profile.service import ProfileService

        return ProfileService(chain or self.profiles, lambda profile: checked_profile(self.offered, profile))

    def wanted_profile(self, profile: str = "", default: str = "") -> str:
        """Return the profile that is meant: the named one, the environment's, else a default; empty for none."""
        from geppetto.profile.selection import chosen_profile

        return chosen_profile(profile, self.env) or default or self.default_profile_slug

    def _close_profiles(self) -> None:
        if self._profiles is not None and not isinstance(self._profiles, (str, list)):
            self._profiles.close()
