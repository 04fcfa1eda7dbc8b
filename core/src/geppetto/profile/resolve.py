"""A profile as a run will have it: its stack in one, the request's overrides under its policy, and a fingerprint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from geppetto.errors import ProfileInvalid, ProfileNotFound
from geppetto.profile.documents import default_of
from geppetto.profile.merge import Trace, merge
from geppetto.profile.overrides import apply_overrides
from geppetto.profile.redact import redacted
from geppetto.profile.slugs import slug
from geppetto.profile.stack import expand
from geppetto.profile.writing import policy_to_json, runtime_to_json
from geppetto.turns import thaw

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.profile.model import Policy, Registry, Runtime
    from geppetto.profile.stack import StackLayer

__all__ = ["ResolvedProfile", "fingerprint", "resolve_profile", "select"]


@dataclass(slots=True, frozen=True)
class ResolvedProfile:
    """What came of a profile, and where each value is from."""

    registry: str
    profile: str
    runtime_key: str
    runtime: Runtime
    policy: Policy
    extensions: Mapping[str, Any] = field(repr=False)
    fingerprint: str
    lineage: tuple[Mapping[str, Any], ...]
    trace: Trace = field(repr=False)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON in the names that existing scripts read, secrets blanked."""
        leaf = self.lineage[-1]
        shown: dict[str, Any] = redacted(
            {
                "registry_slug": self.registry,
                "profile_slug": self.profile,
                "runtime_key": self.runtime_key,
                "effective_runtime": runtime_to_json(self.runtime),
                "effective_policy": policy_to_json(self.policy),
                "extensions": thaw(dict(self.extensions)),
                "runtime_fingerprint": self.fingerprint,
                "metadata": {
                    "profile.registry": self.registry,
                    "profile.slug": self.profile,
                    "profile.version": leaf["version"],
                    "profile.source": leaf["source"],
                    "profile.stack.lineage": [dict(each) for each in self.lineage],
                    "profile.stack.trace": self.trace.to_json(),
                },
            }
        )
        return shown


def select(registries: Mapping[str, Registry], registry: str, profile: str = "") -> str:
    """Return the slug of the profile that is meant: the named one, or the registry's default. Raises ProfileNotFound."""
    if registry not in registries:
        raise ProfileNotFound("registry", registry, registries)
    found = registries[registry]
    wanted = slug(profile, "profile.slug") if profile else default_of(found)
    if not wanted:
        raise ProfileInvalid("profile.slug", "profile slug is required and registry has no default")
    if wanted not in found.profiles:
        raise ProfileNotFound("profile", wanted, found.profiles)
    return wanted


def resolve_profile(
    registries: Mapping[str, Registry],
    registry: str,
    profile: str = "",
    *,
    overrides: Mapping[str, Any] | None = None,
    runtime_key: str = "",
    open_by_default: bool = False,
) -> ResolvedProfile:
    """Return what a run with a profile is; raise ProfileNotFound, ProfileInvalid or PolicyViolation.

    `open_by_default` allows overrides where no profile of the stack says anything about them.
    """
    wanted = select(registries, registry, profile)
    layers = expand(registries, registry, wanted)
    merged = merge(layers, open_by_default=open_by_default)
    runtime = merged.runtime
    if overrides:
        runtime = apply_overrides(runtime, merged.policy, overrides, wanted)
    lineage = tuple(_lineage(layers, registries))
    return ResolvedProfile(
        registry=registry,
        profile=wanted,
        runtime_key=slug(runtime_key, "runtime_key", "runtime key") if runtime_key else wanted,
        runtime=runtime,
        policy=merged.policy,
        extensions=merged.extensions,
        fingerprint=fingerprint(runtime, lineage),
        lineage=lineage,
        trace=merged.trace,
    )


def fingerprint(runtime: Runtime, lineage: Sequence[Mapping[str, Any]], **more: Any) -> str:
    """Return `sha256:` and the hash of what a run is made of; `more` are versions of the plugins that take part.

    The text that is hashed is JSON with sorted keys and without blanks, so it is the same in every process and version
    of Python. It changes with a version or the order of a layer, and with everything that a request changes but a secret.
    """
    content = {
        # where a registry is kept decides nothing, and differs from machine to machine
        "lineage": [{name: value for name, value in each.items() if name != "source"} for each in lineage],
        "runtime": redacted(runtime_to_json(runtime)),
        **more,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def _lineage(layers: Sequence[StackLayer], registries: Mapping[str, Registry]) -> list[dict[str, Any]]:
    return [
        {
            "registry_slug": layer.registry,
            "profile_slug": layer.profile.slug,
            "version": layer.profile.metadata.version,
            "source": layer.profile.metadata.source or registries[layer.registry].metadata.source,
        }
        for layer in layers
    ]


def with_source(registry: Registry, source: str) -> Registry:
    """Return a registry that says where it is from, unless it does already."""
    if registry.metadata.source:
        return registry
    return replace(registry, metadata=replace(registry.metadata, source=source))
