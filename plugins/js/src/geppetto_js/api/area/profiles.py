"""Operations on profiles and schemas: the host's payloads inside lowerCamel envelopes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import ReadOnlyStore, UsageError
from geppetto.factory.schema import list_extensions, list_middlewares
from geppetto.profile import profile_to_json, registry_to_json
from geppetto.profile.reached import chain_within, open_within
from geppetto.profile.redact import redacted, without_secrets

from geppetto_js.api.ops import operation
from geppetto_js.api.stepsettings import step_settings
from geppetto_js.api.words import camel_keys

if TYPE_CHECKING:
    from geppetto.profile.model import Registry
    from geppetto.profile.service import ProfileService

    from geppetto_js.api.state import ApiState

__all__ = ["ProfileOps"]


class ProfileOps:
    """`gp.profiles` and `gp.schemas`."""

    def __init__(self, state: ApiState) -> None:
        self._state = state

    @operation
    def list_registries(self) -> list[dict[str, Any]]:
        """Return a summary of each registry, by name."""
        self._state.need_registry("profiles.listRegistries")
        return [_summary(found) for _, found in sorted(self._state.chain.registries().items())]

    @operation
    def get_registry(self, slug: str) -> dict[str, Any]:
        """Return a registry, the default one without a name."""
        self._state.need_registry("profiles.getRegistry")
        found: dict[str, Any] = redacted(registry_to_json(self._state.chain.registry(slug), default=True))
        return found

    @operation
    def list_profiles(self, registry: str) -> list[dict[str, Any]]:
        """Return the profiles of a registry, by name."""
        self._state.need_registry("profiles.listProfiles")
        found = self._state.chain.registry(registry).profiles
        return [redacted(profile_to_json(profile)) for _, profile in sorted(found.items())]

    @operation
    def get_profile(self, slug: str, registry: str) -> dict[str, Any]:
        """Return a profile as it is written."""
        self._state.need_registry("profiles.getProfile")
        found: dict[str, Any] = redacted(profile_to_json(self._state.chain.profile(slug, registry)))
        return found

    @operation
    def resolve_profile(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return what comes of a profile."""
        self._state.need_registry("profiles.resolve")
        resolved = self._state.host.resolve_profile(
            given.get("profileSlug", ""),
            given.get("registrySlug", ""),
            overrides=given.get("requestOverrides"),
            runtime_key=given.get("runtimeKeyFallback") or given.get("runtimeKey") or "",
            chain=self._state.chain,
        )
        found: dict[str, Any] = camel_keys(redacted(resolved.to_json()))
        found["effectiveStepSettings"] = redacted(step_settings(resolved.runtime.settings))
        return found

    @operation
    def without_secrets(self, value: Any) -> Any:
        """Return an object as it may be written down."""
        return without_secrets(value)

    @operation
    def create_profile(self, profile: dict[str, Any], registry: str, write: dict[str, Any]) -> dict[str, Any]:
        """Add a profile."""
        service = self._service("profiles.createProfile", new=bool(registry))
        made = service.create(
            profile, registry, new_registry=bool(registry) and not write.get("expected"), **write
        )
        found: dict[str, Any] = redacted(profile_to_json(made))
        return found

    @operation
    def update_profile(
        self, slug: str, patch: dict[str, Any], registry: str, write: dict[str, Any]
    ) -> dict[str, Any]:
        """Change the given fields of a profile."""
        made = self._service("profiles.updateProfile").update(slug, patch, registry, **write)
        found: dict[str, Any] = redacted(profile_to_json(made))
        return found

    @operation
    def delete_profile(self, slug: str, registry: str, write: dict[str, Any]) -> None:
        """Take a profile out."""
        self._service("profiles.deleteProfile").delete(slug, registry, **write)

    @operation
    def set_default_profile(self, slug: str, registry: str, write: dict[str, Any]) -> None:
        """Make a profile the default of its registry."""
        self._service("profiles.setDefaultProfile").set_default(slug, registry, **write)

    @operation
    def connect_stack(self, sources: list[str]) -> dict[str, Any]:
        """Open registries for this module alone; the ones before stay when one cannot be opened."""
        made = open_within(self._state.reach, sources, self._state.host.registry)
        self._state.connect(made)
        registries = [_summary(found) for _, found in sorted(made.registries().items())]
        return {"sources": [store.name for store in made.stores], "registries": registries}

    @operation
    def disconnect_stack(self) -> None:
        """Close what was connected; the host's registries stand again."""
        self._state.connect(None)

    @operation
    def connected_sources(self) -> list[str]:
        """Return the sources that the script connected."""
        return [store.name for store in self._state.stack.stores] if self._state.stack else []

    @operation
    def list_middleware_schemas(self) -> list[dict[str, Any]]:
        """Return a row for each middleware."""
        rows = _asked("schemas.listMiddlewares", list_middlewares, self._state)
        return [{"key": row["name"], **camel_keys(row)} for row in rows]

    @operation
    def list_extension_schemas(self) -> list[dict[str, Any]]:
        """Return a row for each extension key."""
        return [camel_keys(row) for row in _asked("schemas.listExtensions", list_extensions, self._state)]

    def _service(self, what: str, *, new: bool = False) -> ProfileService:
        self._state.need_registry(what, new=new)
        chain = chain_within(self._state.reach, self._state.chain)
        if not any(store.writable for store in chain.stores):
            raise ReadOnlyStore(
                f"{what} requires a writable profile registry: store is read-only",
                subject=what,
                next_step="connect a database that may be written: grant it, on the command line with --allow-write DIR",
            )
        return self._state.host.profile_service(chain)


_TEXTS = {
    "MIDDLEWARE_DEFINITION_REGISTRY_NOT_CONFIGURED": "requires a configured middleware definition registry",
    "EXTENSION_SCHEMA_PROVIDER_NOT_CONFIGURED": "requires a configured extension schema provider",
}


def _asked(what: str, ask: Any, state: ApiState) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = ask(state.host.offered)
    except UsageError as error:
        if error.code not in _TEXTS:
            raise
        text = f"{what} {_TEXTS[error.code]}"
        raise UsageError(text, code=error.code, subject=what, next_step=error.next_step) from error
    return found


def _summary(registry: Registry) -> dict[str, Any]:
    found = {
        "slug": registry.slug,
        "display_name": registry.display_name,
        "description": registry.description,
        "default_profile_slug": registry.default_profile,
        "profile_count": len(registry.profiles),
        "source": registry.metadata.source,
    }
    return {name: value for name, value in found.items() if value or name in {"slug", "profile_count"}}
