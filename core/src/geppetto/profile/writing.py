"""Profiles as JSON and YAML objects: what is empty is left out, so that files stay short."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.turns import thaw

if TYPE_CHECKING:
    from geppetto.profile.model import Metadata, MiddlewareRef, Policy, Profile, ProfileRef, Registry, Runtime

__all__ = ["profile_to_json", "registry_to_json", "runtime_to_json"]


def registry_to_json(registry: Registry, *, default: bool = True) -> dict[str, Any]:
    """Return a registry as an object; without `default` where a reader finds it by itself."""
    return _filled(
        slug=registry.slug,
        display_name=registry.display_name,
        description=registry.description,
        default_profile_slug=registry.default_profile if default else "",
        profiles={name: profile_to_json(registry.profiles[name]) for name in sorted(registry.profiles)},
        metadata=metadata_to_json(registry.metadata),
    )


def profile_to_json(profile: Profile) -> dict[str, Any]:
    """Return a profile as an object."""
    return _filled(
        slug=profile.slug,
        display_name=profile.display_name,
        description=profile.description,
        stack=[_ref(ref) for ref in profile.stack],
        runtime=runtime_to_json(profile.runtime),
        policy=policy_to_json(profile.policy),
        metadata=metadata_to_json(profile.metadata),
        extensions=thaw(dict(profile.extensions)),
    )


def runtime_to_json(runtime: Runtime) -> dict[str, Any]:
    """Return a runtime as an object; an empty list of tools or middlewares says something and stays."""
    found = _filled(step_settings_patch=thaw(dict(runtime.settings)), system_prompt=runtime.system_prompt)
    if runtime.middlewares is not None:
        found["middlewares"] = [_middleware(use) for use in runtime.middlewares]
    if runtime.tools is not None:
        found["tools"] = list(runtime.tools)
    return found


def policy_to_json(policy: Policy) -> dict[str, Any]:
    """Return a policy as an object."""
    found: dict[str, Any] = {}
    if policy.allow_overrides is not None:
        found["allow_overrides"] = policy.allow_overrides
    if policy.allowed_keys is not None:
        found["allowed_override_keys"] = list(policy.allowed_keys)
    return found | _filled(denied_override_keys=list(policy.denied_keys), read_only=policy.read_only)


def metadata_to_json(metadata: Metadata) -> dict[str, Any]:
    """Return metadata as an object."""
    names = ("source", "version", "created_at_ms", "updated_at_ms", "created_by", "updated_by")
    return _filled(**{name: getattr(metadata, name) for name in names}, tags=list(metadata.tags))


def _ref(ref: ProfileRef) -> dict[str, Any]:
    return _filled(registry_slug=ref.registry, profile_slug=ref.profile)


def _middleware(use: MiddlewareRef) -> dict[str, Any]:
    found = _filled(name=use.name, id=use.id)
    if use.enabled is not None:
        found["enabled"] = use.enabled
    if use.config is not None:
        found["config"] = thaw(use.config)
    return found


def _filled(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value}
