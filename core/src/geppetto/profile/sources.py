"""Where registries are said to be: `a.yaml,b.db,sqlite-dsn:...`; each kind of place is a store that a plugin may give."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from geppetto.errors import ProfileError, ProfileInvalid
from geppetto.profile.chain import ProfileChain
from geppetto.profile.stores import YamlStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from geppetto.profile.store import Store

__all__ = ["SourceSpec", "StoreDefinition", "file_of", "no_file", "open_chain", "parse_sources"]

_SQLITE = (".db", ".sqlite", ".sqlite3")
_SQLITE_HEAD = b"SQLite format 3"
_PREFIXES = {"yaml://": "yaml", "yaml:": "yaml", "sqlite-dsn:": "sqlite", "sqlite:": "sqlite"}
_YAML = (".yaml", ".yml")
_FIELD = "profile-settings.profile-registries"


@dataclass(slots=True, frozen=True)
class SourceSpec:
    """One place: the kind of its store, and the path or address that the store opens."""

    kind: str
    place: str


@dataclass(slots=True, frozen=True)
class StoreDefinition:
    """Offer a kind of store by name; `open(place)` opens one, a file that does not exist included.

    `absent(place)` says which file that would make, None where it would make none: commands that only read ask it first,
    so that a mistyped name does not become an empty store.
    """

    name: str
    open: Callable[[str], Store]
    description: str = ""
    absent: Callable[[str], Path | None] | None = None


def parse_sources(places: str | Iterable[str]) -> list[SourceSpec]:
    """Read a list of places, in a text divided by commas; raise ProfileInvalid for an empty one.

    A place may say its kind (`yaml:`, `sqlite:`, `sqlite-dsn:`); else it is told by its ending, or by the first bytes of
    the file. A folder stands for the YAML files in it, in order of their names.
    """
    if isinstance(places, str):
        places = places.split(",") if places.strip() else []
    found: list[SourceSpec] = []
    for index, entry in enumerate(places):
        place = entry.strip()
        if not place:
            raise ProfileInvalid(_FIELD, f"profile registry source entry {index} is empty")
        found += _specs(place)
    return found


def file_of(place: str) -> Path:
    """Return the file or folder that a place means, without a look at it or at `~`; a place may say its kind, or be an SQLite URI."""
    prefix = next((known for known in _PREFIXES if place.startswith(known)), "")
    rest = place.removeprefix(prefix)
    return Path(unquote(urlsplit(rest).path) if rest.startswith("file:") else rest)


def _specs(place: str) -> list[SourceSpec]:
    for prefix, kind in _PREFIXES.items():
        if place.startswith(prefix):
            rest = place.removeprefix(prefix)
            if not rest:
                raise ProfileInvalid(_FIELD, f"the source {place!r} names no place")
            return [SourceSpec(kind, rest)]
    path = _at_home(place)
    if path.is_dir():
        return [SourceSpec("yaml", str(file)) for file in sorted(path.iterdir()) if file.suffix in _YAML]
    return [SourceSpec("sqlite" if _is_sqlite(path) else "yaml", str(path))]


def _is_sqlite(path: Path) -> bool:
    if path.suffix in _SQLITE:
        return True
    try:
        with path.open("rb") as file:
            return file.read(len(_SQLITE_HEAD)) == _SQLITE_HEAD
    except (OSError, ValueError):  # a name that no file can have is a ValueError
        return False


def _at_home(place: str) -> Path:
    """Return the path that `~` means; raise ProfileError for the home of nobody."""
    try:
        return Path(place).expanduser()
    except RuntimeError:
        raise no_file(Path(place), "check the path: nobody here has that home") from None


def open_chain(specs: Iterable[SourceSpec], definitions: Mapping[str, StoreDefinition]) -> ProfileChain:
    """Open all places, last on top; on a failure those that were opened are closed again.

    YAML files that are named are read-only: they are people's own. Raises ProfileError for a kind that nobody offers, a
    file that does not exist, two registries of one name, and what is wrong inside a file.
    """
    chain = ProfileChain()
    try:
        for spec in specs:
            chain.connect(_open(spec, definitions))
    except BaseException:
        chain.close()
        raise
    return chain


def _open(spec: SourceSpec, definitions: Mapping[str, StoreDefinition]) -> Store:
    if spec.kind == "yaml":
        path = _at_home(spec.place)
        if not path.is_file():
            raise no_file(path, "check the path")
        return YamlStore(path, writable=False)
    if spec.kind not in definitions:
        raise ProfileError(
            f"no installed plugin opens {spec.kind} profile registries ({spec.place})",
            code="STORE_NOT_INSTALLED",
            subject=spec.kind,
            next_step=f"pip install geppetto-store-{spec.kind}",
        )
    return definitions[spec.kind].open(spec.place)


def no_file(path: Path, next_step: str) -> ProfileError:
    """Return the error for a registry whose file is not there."""
    return ProfileError(
        f"there is no profile registry file {path}",
        code="REGISTRY_FILE_NOT_FOUND",
        subject=str(path),
        next_step=next_step,
    )
