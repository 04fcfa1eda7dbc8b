"""Stacks: the profiles below a profile, from base to leaf, each once; cycles and depths that no stack has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from geppetto.errors import ProfileInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.profile.model import Profile, Registry

__all__ = ["MAX_DEPTH", "StackLayer", "check_topology", "expand"]

#: how deep a stack may be
MAX_DEPTH = 32


@dataclass(slots=True, frozen=True)
class StackLayer:
    """One profile of a stack, and the registry that it is from."""

    registry: str
    profile: Profile

    @property
    def name(self) -> str:
        """`registry/profile`."""
        return f"{self.registry}/{self.profile.slug}"


def expand(
    registries: Mapping[str, Registry], registry: str, profile: str, *, max_depth: int = MAX_DEPTH
) -> list[StackLayer]:
    """Return the layers of a profile, base first and itself last; one that is reached twice stands where it came first.

    Raises ProfileInvalid for a reference to what does not exist, a cycle, or a stack that is too deep.
    """
    walk = _Walk(registries, max_depth, external=False)
    walk.visit(registry, profile, ())
    return walk.layers


def check_topology(
    registries: Mapping[str, Registry], *, external: bool = False, max_depth: int = MAX_DEPTH
) -> None:
    """Raise ProfileInvalid for a stack that cannot be expanded; `external` lets references leave the registries."""
    for name in sorted(registries):
        for profile in sorted(registries[name].profiles):
            _Walk(registries, max_depth, external=external).visit(name, profile, ())


class _Walk:
    """One depth-first walk, children before parents, in the order in which they are declared."""

    def __init__(self, registries: Mapping[str, Registry], max_depth: int, *, external: bool) -> None:
        self._registries, self._max_depth, self._external = registries, max_depth, external
        self._done: set[tuple[str, str]] = set()
        self.layers: list[StackLayer] = []

    def visit(self, registry: str, profile: str, path: tuple[str, ...], field: str = "") -> None:
        if registry not in self._registries:
            if self._external:
                return
            raise ProfileInvalid(field or "registry", f'referenced registry "{registry}" not found')
        known = self._registries[registry].profiles
        if profile not in known:
            reason = f'referenced profile "{profile}" not found in registry "{registry}"'
            raise ProfileInvalid(field or "profile", reason)
        name = f"{registry}/{profile}"
        if name in path:
            cycle = " -> ".join((*path[path.index(name) :], name))
            raise ProfileInvalid(field, f"stack cycle detected: {cycle}", next_step="take one of them out")
        if len(path) + 1 > self._max_depth:
            raise ProfileInvalid(
                field, f"stack depth exceeds max_depth={self._max_depth} while traversing {name}"
            )
        if (registry, profile) in self._done:
            return
        for index, ref in enumerate(known[profile].stack):
            place = f"registry.profiles[{profile}].stack[{index}]"
            self.visit(ref.registry or registry, ref.profile, (*path, name), place)
        self._done.add((registry, profile))
        self.layers.append(StackLayer(registry, known[profile]))
