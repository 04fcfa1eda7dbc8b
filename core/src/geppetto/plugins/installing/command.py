"""A change as commands: what it is to its user, and the words that all installers share."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geppetto.plugins.installing.environment import Manager
    from geppetto.plugins.installing.requirement import Requirement

__all__ = ["Plan", "upgraded", "words"]


@dataclass(slots=True, frozen=True)
class Plan:
    """The commands of a change, in order; `env` is what they need to be told besides, `notes` what the user should know."""

    manager: Manager
    commands: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


def words(requirements: Iterable[Requirement]) -> list[str]:
    """Return requirements as pip and `uv pip` take them."""
    return [word for each in requirements for word in ((["-e"] if each.editable else []) + [each.text])]


def upgraded(requirements: Iterable[Requirement], upgrade: bool) -> list[str]:
    """Return uv's words for upgrading these and no others: its --upgrade is for all that is installed."""
    named = [each.name for each in requirements if each.name and upgrade]
    return [word for name in named for word in ("--upgrade-package", name)]
