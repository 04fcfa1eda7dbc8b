"""Old profile files: one map from a profile's name to its sections, as the Go programs had them before registries."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from geppetto.errors import ProfileInvalid
from geppetto.profile.documents import default_of
from geppetto.profile.reading import read_registry

__all__ = ["form_of", "registry_of_map"]


def form_of(found: Any) -> str:
    """Return what a YAML document is: `empty`, `registry`, `bundle` (several registries), `legacy-map` or `invalid`."""
    if not found:
        return "empty"
    if not isinstance(found, dict):
        return "invalid"
    if "registries" in found:
        return "bundle"
    if isinstance(found.get("slug"), str) or "profiles" in found:
        return "registry"
    return "legacy-map" if all(_is_sections(value) for value in found.values()) else "invalid"


def registry_of_map(found: dict[str, Any], slug: str) -> Any:
    """Return the registry of an old map: each name is a profile, its sections are `runtime.step_settings_patch`.

    Raises ProfileInvalid for names that are no slugs, and for sections that are no objects.
    """
    profiles = {
        str(name).strip(): {"runtime": {"step_settings_patch": sections}} if sections else {}
        for name, sections in found.items()
    }
    if len(profiles) != len(found):
        raise ProfileInvalid("registry.profiles", "two profiles have the same name")
    registry = read_registry({"slug": slug, "profiles": profiles})
    return replace(registry, default_profile=default_of(registry))


def _is_sections(value: Any) -> bool:
    return value is None or (
        isinstance(value, dict) and all(isinstance(fields, dict) for fields in value.values())
    )
