"""What this distribution contributes: one kind of store, and the command `geppetto db`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from geppetto.plugins import hookimpl
from geppetto.profile.sources import StoreDefinition

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import click
    from geppetto.profile import Store

__all__ = ["SQLITE", "geppetto_commands", "geppetto_stores"]


def _open(place: str) -> Store:
    from geppetto_store_sqlite.store import SqliteStore

    return SqliteStore(place)


def _absent(place: str) -> Path | None:
    from geppetto_store_sqlite.files import absent_file

    return absent_file(place)


#: the kind of store, as the host lists it
SQLITE = StoreDefinition(
    "sqlite", _open, description="Profile registries in an SQLite database", absent=_absent
)


@hookimpl
def geppetto_stores() -> Iterable[StoreDefinition]:
    """Give the host the store `sqlite`."""
    return [SQLITE]


@hookimpl
def geppetto_commands() -> Iterable[click.Command]:
    """Give the host the command `db`."""
    from geppetto_store_sqlite.cli import db

    return [db]
