"""What a profile and a registry are, as values: frozen, shared without fear, changed by `dataclasses.replace`.

The JSON and YAML names are those of the fields. What a profile does not say is None or empty, so that the profiles below
it in a stack show through; an empty list of tools says "no tools".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Metadata", "MiddlewareRef", "Policy", "Profile", "ProfileRef", "Registry", "Runtime"]


@dataclass(slots=True, frozen=True)
class ProfileRef:
    """A profile below another one; without a registry, of the same one."""

    profile: str
    registry: str = ""


@dataclass(slots=True, frozen=True)
class MiddlewareRef:
    """One use of a middleware in a profile; `enabled` None means enabled."""

    name: str
    id: str = ""
    enabled: bool | None = None
    config: Mapping[str, Any] | None = field(default=None, repr=False)

    @property
    def label(self) -> str:
        """The name that patches and messages use: `name#id`."""
        return f"{self.name}#{self.id}" if self.id else self.name


@dataclass(slots=True, frozen=True)
class Runtime:
    """What a run with the profile is: settings by section, a system prompt, middlewares, tools."""

    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    system_prompt: str | None = None
    middlewares: tuple[MiddlewareRef, ...] | None = None
    tools: tuple[str, ...] | None = None


@dataclass(slots=True, frozen=True)
class Policy:
    """What a caller may change, and whether the profile may be written.

    `allow_overrides` None leaves it to the profiles below, and is no where none of them says yes; an empty list of
    allowed keys allows none, None all.
    """

    allow_overrides: bool | None = None
    allowed_keys: tuple[str, ...] | None = None
    denied_keys: tuple[str, ...] = ()
    read_only: bool = False


@dataclass(slots=True, frozen=True)
class Metadata:
    """Where a profile or registry is from, and how often it was changed; times in milliseconds since 1970."""

    source: str = ""
    version: int = 0
    created_at_ms: int = 0
    updated_at_ms: int = 0
    created_by: str = ""
    updated_by: str = ""
    tags: tuple[str, ...] = ()


@dataclass(slots=True, frozen=True)
class Profile:
    """A named way to run: what it adds to the profiles below it."""

    slug: str
    display_name: str = ""
    description: str = ""
    stack: tuple[ProfileRef, ...] = ()
    runtime: Runtime = Runtime()
    policy: Policy = Policy()
    metadata: Metadata = Metadata()
    extensions: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(slots=True, frozen=True)
class Registry:
    """A set of profiles with a default."""

    slug: str
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    default_profile: str = ""
    display_name: str = ""
    description: str = ""
    metadata: Metadata = Metadata()
