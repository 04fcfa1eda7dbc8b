"""What a request may change about a profile: the gate of the policy first, then the values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto.errors import PolicyViolation, ProfileInvalid
from geppetto.given import mapping
from geppetto.profile.merge import canonical
from geppetto.profile.reading import read_profile
from geppetto.turns import freeze, thaw

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.profile.model import Policy, Runtime

__all__ = ["KEYS", "apply_overrides", "refusal"]

#: what can be overridden at all
KEYS = ("system_prompt", "middlewares", "tools", "step_settings_patch")


def apply_overrides(runtime: Runtime, policy: Policy, overrides: Mapping[str, Any], profile: str) -> Runtime:
    """Return a runtime with a request's overrides; raise PolicyViolation, or ProfileInvalid for a bad value.

    System prompt, middlewares and tools replace, `step_settings_patch` merges by section and field.
    """
    wanted = _canonical(mapping("overrides", overrides))
    for key in wanted:
        reason = refusal(policy, key)
        if reason:
            code = "OVERRIDE_NOT_ALLOWED" if policy.allow_overrides else None
            step = "leave it out, or use a profile that allows it"
            raise PolicyViolation(profile, reason, code=code, next_step=step)
    for key in wanted:
        if key not in KEYS:
            raise ProfileInvalid(
                f"request_overrides.{key}", "unsupported override key", next_step=", ".join(KEYS)
            )
    given = _read(wanted)
    changes: dict[str, Any] = {
        name: getattr(given, name) for name in ("system_prompt", "middlewares", "tools") if name in wanted
    }
    if "step_settings_patch" in wanted:
        merged = {section: dict(thaw(fields)) for section, fields in runtime.settings.items()}
        for section, fields in given.settings.items():
            merged.setdefault(section, {}).update(thaw(fields))
        changes["settings"] = freeze(merged)
    return replace(runtime, **changes)


def refusal(policy: Policy, key: str) -> str:
    """Return why a policy does not let a key be overridden; empty when it does."""
    name = canonical(key)
    if not policy.allow_overrides:
        return "request overrides are disabled for this profile"
    if name in map(canonical, policy.denied_keys):
        return f'override key "{name}" is denied'
    if policy.allowed_keys is not None and name not in map(canonical, policy.allowed_keys):
        return f'override key "{name}" is not allowed'
    return ""


def _canonical(overrides: Mapping[str, Any]) -> dict[str, Any]:
    wanted: dict[str, Any] = {}
    for key, value in overrides.items():
        name = canonical(str(key))
        if not name:
            raise ProfileInvalid("request_overrides", "an override key must not be blank")
        if name in wanted:
            raise ProfileInvalid(f"request_overrides.{name}", "duplicate override key after canonicalization")
        wanted[name] = value
    return wanted


def _read(wanted: Mapping[str, Any]) -> Runtime:
    """Read the values as a profile's runtime would have them, under their own name in messages."""
    try:
        return read_profile({"slug": "request", "runtime": dict(wanted)}).runtime
    except ProfileInvalid as error:
        field = error.field.replace("runtime", "request_overrides", 1)
        raise ProfileInvalid(field, error.reason, next_step=error.next_step) from None
