"""What this distribution contributes: one kind of store."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.plugins import hookimpl
from geppetto.profile.sources import StoreDefinition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from geppetto.profile import Store

__all__ = ["SQLITE", "geppetto_stores"]


def _open(place: str) -> Store:
    from geppetto_store_sqlite.store import SqliteStore

    return SqliteStore(place)


#: the kind of store, as the host lists it
SQLITE = StoreDefinition("sqlite", _open, description="Profile registries in an SQLite database")


@hookimpl
def geppetto_stores() -> Iterable[StoreDefinition]:
    """Give the host the store `sqlite`."""
    return [SQLITE]
