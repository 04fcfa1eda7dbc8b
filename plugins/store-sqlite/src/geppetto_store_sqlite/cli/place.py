"""Places as `--profile-registries` takes them, for commands that take one database and must not make it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from geppetto.errors import ProfileError
from geppetto.profile import sources

from geppetto_store_sqlite.files import in_memory

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["database_at", "says_read_only"]

_SQLITE = ("sqlite-dsn:", "sqlite:")


def database_at(place: str) -> Path:
    """Return the file of a database that is there; of a URI only the path counts, since it is not opened as it says.

    Raises ProfileError for a place that is no file.
    """
    rest = _without_kind(place)
    if in_memory(rest):
        raise _no_database(place, f"{place} is a database in memory, of another process if of any")
    try:
        file = sources.file_of(rest).expanduser()
        if file.is_dir():
            raise _no_database(place, f"{file} is a folder")
        there = file.is_file()
    except (OSError, ValueError, RuntimeError) as error:  # such as a home that nobody knows
        raise _no_database(place, f"{place} cannot be looked at: {error}") from error
    if not there:
        raise sources.no_file(file, "check the path; nothing was created")
    return file


def says_read_only(place: str) -> bool:
    """Say whether a place is an SQLite URI by which nothing may be written."""
    rest = _without_kind(place)
    options = dict(parse_qsl(urlsplit(rest).query)) if rest.startswith("file:") else {}
    return options.get("mode") == "ro" or options.get("immutable", "0") not in {"0", "false", "no", "off"}


def _without_kind(place: str) -> str:
    prefix = next((known for known in _SQLITE if place.startswith(known)), "")
    return place.removeprefix(prefix)


def _no_database(place: str, message: str) -> ProfileError:
    return ProfileError(
        message,
        code="STORE_NO_DATABASE",
        subject=place,
        next_step="name the file of an SQLite database, as in `geppetto db check team.db`",
    )
