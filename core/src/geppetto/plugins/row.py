"""A row: what is known about one promised contribution without importing its plugin."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from geppetto.plugins.kinds import CORE, distribution_key, spelling

__all__ = ["Row", "Source", "Status"]


class Status(StrEnum):
    """Where a row stands; all but `loaded` and `failed` are known without an import."""

    AVAILABLE = "available"
    DISABLED = "disabled"
    CONFLICT = "conflict"
    INCOMPATIBLE = "incompatible"
    MISSPELT_GROUP = "misspelt-group"
    LOADED = "loaded"
    FAILED = "failed"


class Source(StrEnum):
    """How a row came to be."""

    ENTRY_POINT = "entry-point"
    BUILT_IN = "built-in"
    CODE = "code"


@dataclass(slots=True, frozen=True)
class Row:
    """One name that a distribution promises; `kind` is a Kind, or the unknown word of a misspelt group."""

    kind: str
    name: str
    distribution: str
    version: str
    module: str
    status: Status = Status.AVAILABLE
    reason: str = ""
    source: Source = Source.ENTRY_POINT

    @property
    def id(self) -> tuple[str, str, str]:
        """Return what makes the row one of a kind, and the order of listings."""
        return (str(self.kind), self.name, self.distribution)

    @property
    def is_core(self) -> bool:
        """Say whether the row belongs to the core's own distribution."""
        return distribution_key(self.distribution) == CORE

    @property
    def title(self) -> str:
        """Return the row for a message: kind, name and owner."""
        return f"{self.kind} '{self.name}' of {self.distribution} {self.version}".rstrip()

    def answers_to(self, kind: str, name: str) -> bool:
        """Say whether `name`, bare or as `distribution/name`, means this row."""
        if self.kind != kind:
            return False
        owner, slash, rest = name.partition("/")
        if spelling(name) == spelling(self.name):
            return True
        return bool(slash) and self.is_of(owner) and spelling(rest) == spelling(self.name)

    def is_of(self, distribution: str) -> bool:
        """Say whether the row belongs to that distribution."""
        return distribution_key(self.distribution) == distribution_key(distribution)

    def to_json(self) -> dict[str, str]:
        """Return the row as `plugins list --json` prints it."""
        return {field.name: str(getattr(self, field.name)) for field in fields(self)}

    @classmethod
    def from_json(cls, value: dict[str, str]) -> Row:
        """Read a row that `to_json` wrote."""
        return cls(**{**value, "status": Status(value["status"]), "source": Source(value["source"])})  # type: ignore[arg-type]
