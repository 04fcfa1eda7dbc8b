"""One row of a database as a registry: what the store reads and what `geppetto db check` judges is the same."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geppetto.errors import ProfileInvalid
from geppetto.profile import read_registry

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from geppetto.profile import Registry

__all__ = ["has_table", "read_row", "rows", "text_of"]


def has_table(connection: sqlite3.Connection) -> bool:
    """Say whether there is the table of registries."""
    found = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'profile_registries'").fetchone()
    return found is not None


def rows(connection: sqlite3.Connection) -> Iterator[tuple[Any, Any]]:
    """Give each row's name and content, whatever they are."""
    if has_table(connection):
        yield from connection.execute("SELECT slug, payload_json FROM profile_registries ORDER BY slug")


def read_row(slug: Any, payload: Any) -> Registry:
    """Read a row; raise ProfileInvalid for one that is no registry."""
    try:
        registry = read_registry(json.loads(payload))
    except (ValueError, TypeError) as error:
        raise ProfileInvalid(f"registries[{slug}]", f"the row is no JSON: {error}") from error
    except RecursionError as error:
        raise ProfileInvalid(f"registries[{slug}]", "the row is nested too deep") from error
    if registry.slug != slug:
        reason = f'slug mismatch payload="{registry.slug}" row="{slug}"'
        raise ProfileInvalid(f"registries[{slug}]", reason)
    return registry


def text_of(value: bytes) -> str | bytes:
    """Return a text, or the bytes of one that is none: SQLite does not look, and one bad row must not hide the others."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value
