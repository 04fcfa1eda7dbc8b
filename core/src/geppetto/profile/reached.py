"""Registries of somebody who may not use every file, as a script: those within reach, written where that was granted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from geppetto.errors import ReadOnlyStore
from geppetto.plugins.kinds import Kind
from geppetto.profile.chain import ProfileChain
from geppetto.profile.sources import file_of, no_file, open_chain, parse_sources
from geppetto.reach import out_of_reach

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from geppetto.plugins.registry import PluginRegistry
    from geppetto.profile.model import Registry
    from geppetto.profile.sources import SourceSpec, StoreDefinition
    from geppetto.profile.store import Store
    from geppetto.reach import Reach

__all__ = ["ReadOnlyView", "chain_within", "open_within"]

#: the kinds of registries that are files; what stands behind any other, nobody can tell
_FILES = frozenset({"yaml", "sqlite"})


class ReadOnlyView:
    """A store that is read and not written; it has the name of the place that was asked for."""

    writable = False

    def __init__(self, store: Store, name: str = "") -> None:
        self._store, self.name = store, name or store.name
        self.path = getattr(store, "path", None)

    def registries(self) -> Mapping[str, Registry]:
        """Return the registries of the store."""
        return self._store.registries()

    def change(self, registry: str, change: Callable[[Registry | None], Registry | None]) -> Registry | None:  # noqa: ARG002  # a store's own names
        """Raise ReadOnlyStore."""
        raise ReadOnlyStore(
            f'store is read-only: registry "{registry}" is in {self.name}, which may not be written',
            subject=self.name,
            next_step="who runs it grants more: on the command line with --allow-write DIR",
        )

    def close(self) -> None:
        """Close the store."""
        self._store.close()


def open_within(reach: Reach, sources: Sequence[str], plugins: PluginRegistry) -> ProfileChain:
    """Open registries, last on top; a database that may not be written is opened to be read.

    Raises UsageError (OUT_OF_REACH) for a place that was not granted, whether it exists or not; else as `open_chain`.
    """
    specs = [
        spec for source in sources for entry in source.split(",") for spec in _specs(reach, entry.strip())
    ]
    kinds = {spec.kind for spec in specs} - {"yaml"}
    known: dict[str, StoreDefinition] = {
        name: plugins.get(Kind.STORE, name) for name in plugins.names(Kind.STORE) if name in kinds
    }
    return open_chain(
        specs, {name: replace(found, open=_opened(reach, found)) for name, found in known.items()}
    )


def chain_within(reach: Reach, chain: ProfileChain) -> ProfileChain:
    """Return the registries of a chain as they may be written; a store that is no file is its owner's to grant."""
    return ProfileChain(*(store if _writes(reach, store) else ReadOnlyView(store) for store in chain.stores))


def _specs(reach: Reach, entry: str) -> list[SourceSpec]:
    if entry:
        reach.check_read(file_of(entry), "profile registry")  # before anything looks at the file
    found = parse_sources(entry) if entry else []
    for spec in found:
        if spec.kind not in _FILES:
            raise out_of_reach(f"a {spec.kind} profile registry is no file: {entry}", "profile registry")
        reach.check_read(file_of(spec.place), "profile registry")
    return found


def _opened(reach: Reach, definition: StoreDefinition) -> Callable[[str], Store]:
    def opened(place: str) -> Store:
        path = file_of(place).expanduser()
        if reach.writes(path):
            return definition.open(place)
        if not path.is_file():
            raise no_file(
                path, "check the path; a new database needs a folder that may be written: --allow-write DIR"
            )
        return ReadOnlyView(definition.open(f"file:{quote(str(path.resolve()))}?mode=ro"), place)

    return opened


def _writes(reach: Reach, store: Store) -> bool:
    path = getattr(store, "path", None)
    return store.writable and (path is None or reach.writes(path))
