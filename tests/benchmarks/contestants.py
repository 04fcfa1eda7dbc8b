"""Who takes part: the table of peers, read, and the choice that the command line made of it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Contestant", "chosen", "known"]

_TABLE = Path(__file__).with_name("peers.toml")


@dataclass(frozen=True)
class Contestant:
    """One line of the tables: a peer with its pins, a floor, or ours."""

    name: str
    adapter: str
    first_import: str
    requires: tuple[str, ...] = ()
    environ: tuple[tuple[str, str], ...] = ()
    extra: str = ""
    ours: bool = False
    floor: bool = False

    @property
    def version(self) -> str:
        """The pinned version of the package that gives the line its name; empty for ours and the floors."""
        return self.requires[0].partition("==")[2] if self.requires else ""

    @property
    def environment(self) -> str:
        """The environment that it runs in; the floors share ours."""
        return self.name if self.requires else f"ours-{self.extra}" if self.extra else "ours"


@cache
def known() -> dict[str, Contestant]:
    """Return all contestants by name: ours, the floors, the peers."""
    return {
        name: Contestant(
            name,
            row["adapter"],
            row["import"],
            tuple(row.get("requires", ())),
            tuple(row.get("environ", {}).items()),
            extra=row.get("extra", ""),
            ours=row.get("ours", False),
            floor=row.get("floor", False),
        )
        for name, row in tomllib.loads(_TABLE.read_text()).items()
    }


def chosen(names: Sequence[str]) -> list[Contestant]:
    """Return ours, the floors and the named peers (`all` for every one); raise ValueError for an unknown name."""
    table = known()
    unknown = sorted(set(names) - set(table) - {"all"})
    if unknown:
        msg = (
            f"there is no peer {unknown[0]!r}; known: all, {', '.join(n for n in table if table[n].requires)}"
        )
        raise ValueError(msg)
    return [one for one in table.values() if not one.requires or one.name in names or "all" in names]
