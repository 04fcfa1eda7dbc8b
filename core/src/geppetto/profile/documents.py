"""Registry files: one YAML document with one registry, as the Go library writes them too."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto.config.pointer import above, join
from geppetto.errors import DecodeError, ProfileInvalid
from geppetto.profile.reading import read_registry
from geppetto.profile.stack import check_topology
from geppetto.profile.writing import registry_to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.profile.model import Registry

__all__ = ["decode_registry", "default_of", "encode_registry"]

#: the profile that is the default of a file, where there is one of that name
_DEFAULT = "default"


def decode_registry(text: str | bytes, where: str = "YAML") -> Registry | None:
    """Read a document; None for an empty one. Raises ProfileInvalid with its line, or DecodeError with line and column."""
    from geppetto.turns import yaml_text

    found = yaml_text.load(text, where) if text.strip() else None
    if found is None:
        return None
    if not isinstance(found, dict):
        raise DecodeError(f"{where}: expected an object, got {type(found).__name__}", subject=where)
    try:
        return _registry(found)
    except ProfileInvalid as error:
        raise _placed(error, yaml_text.lines(text), where) from None


def _registry(found: dict[str, Any]) -> Registry:
    _refuse_other_forms(found)
    registry = read_registry(found)
    if registry.default_profile and registry.default_profile not in registry.profiles:
        raise ProfileInvalid("registry.default_profile_slug", "default profile does not exist in registry")
    registry = replace(registry, default_profile=default_of(registry))
    check_topology({registry.slug: registry}, external=True)
    return registry


def _placed(error: ProfileInvalid, lines: Mapping[str, int], where: str) -> ProfileInvalid:
    """Return the error with the file and the line of the field, or of the nearest one around it that is there."""
    pointer = ""
    for name in re.findall(r"[^.\[\]]+", error.field)[1:]:  # without `registry`
        pointer = join(pointer, name)
    line = next((lines[at] for at in (pointer, *above(pointer)) if at in lines), 1)
    return ProfileInvalid(
        error.field,
        f"{error.reason} ({where}:{line})",
        code=error.code,
        next_step=error.next_step,
        details={**error.details, "file": where, "line": line},
    )


def encode_registry(registry: Registry) -> str:
    """Return a registry as a document. The default is written only where a reader would not find it by itself."""
    from geppetto.turns import yaml_text

    found = default_of(replace(registry, default_profile=""))
    return yaml_text.dump(registry_to_json(registry, default=registry.default_profile != found))


def default_of(registry: Registry) -> str:
    """Return the default of a registry: the one it names, the profile `default`, or the first by name."""
    known = registry.profiles
    if registry.default_profile in known:
        return registry.default_profile
    return _DEFAULT if _DEFAULT in known else min(known, default="")


def _refuse_other_forms(found: dict[str, Any]) -> None:
    if "registries" in found:
        raise ProfileInvalid(
            "registry",
            "runtime YAML must define a single registry document (top-level registries is not supported)",
            next_step="write one file for each registry",
        )
    if "slug" not in found and "profiles" not in found:
        raise ProfileInvalid(
            "registry",
            "this is no registry: neither slug nor profiles; the legacy profile-map format is not supported",
            next_step="geppetto profiles migrate-legacy FILE",
        )
    if not found.get("slug"):
        raise ProfileInvalid("registry.slug", "must be set for runtime YAML sources")
