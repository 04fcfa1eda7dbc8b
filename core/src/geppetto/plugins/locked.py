"""What a lock holds: which plugins are there, in which version and with which content, to compare and to restore."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from geppetto.plugins.kinds import CORE, distribution_key, spelling

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["FORMAT", "Lock", "LockedPlugin"]

#: the format that is written; a file with a higher number is of a newer Geppetto
FORMAT = 1


@dataclass(slots=True, frozen=True)
class LockedPlugin:
    """One distribution as it was when it was locked.

    `record` is the digest of its RECORD (`geppetto.plugins.record`), empty where it has none; `origin` the address it was
    installed from where that was no index; `editable` says that its code stands elsewhere, so no RECORD tells of a change;
    `offers` are its contributions as `kind:name`.
    """

    name: str
    version: str
    record: str = ""
    origin: str = ""
    editable: bool = False
    offers: tuple[str, ...] = ()

    def offers_name(self, kind: str, name: str) -> bool:
        """Say whether it offers what `name`, bare or as `distribution/name`, means."""
        owner, slash, rest = name.rpartition("/")
        if slash and distribution_key(owner) != distribution_key(self.name):
            return False
        split = (each.partition(":") for each in self.offers)
        return any(of == kind and spelling(what) == spelling(rest) for of, _, what in split)


@dataclass(slots=True, frozen=True)
class Lock:
    """A lock file: where it stands, and its plugins by canonical name; `core` is the version of Geppetto, for information."""

    path: Path
    plugins: Mapping[str, LockedPlugin] = field(default_factory=lambda: MappingProxyType({}))
    core: str = ""

    def get(self, distribution: str) -> LockedPlugin | None:
        """Return what is locked of a distribution, in any spelling of its name."""
        return self.plugins.get(distribution_key(distribution))

    def to_json(self) -> dict[str, Any]:
        """Return the content of the file."""
        plugins = {key: {**asdict(each), "offers": sorted(each.offers)} for key, each in self.plugins.items()}
        return {"version": FORMAT, CORE: self.core, "plugins": plugins}
