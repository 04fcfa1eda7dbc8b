"""The stores of the core: in memory, and one YAML file for each registry."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from geppetto.atomic import write_atomically
from geppetto.errors import ProfileError, ProfileInvalid, ReadOnlyStore
from geppetto.profile.documents import decode_registry, encode_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from geppetto.profile.model import Registry

__all__ = ["MemoryStore", "YamlStore"]


class MemoryStore:
    """Keep registries in memory; safe for several threads."""

    writable = True

    def __init__(self, registries: Iterable[Registry] = (), *, name: str = "memory") -> None:
        self.name = name
        self._kept = {registry.slug: registry for registry in registries}
        self._lock = threading.RLock()
        self._closed = False

    def registries(self) -> Mapping[str, Registry]:
        """Return all registries."""
        self._check_open()
        with self._lock:
            return dict(self._kept)

    def change(self, registry: str, change: Callable[[Registry | None], Registry | None]) -> Registry | None:
        """Change a registry (see `Store.change`)."""
        self._check_open()
        with self._lock:
            made = change(self._kept.get(registry))
            if made is None:
                self._kept.pop(registry, None)
            else:
                self._kept[registry] = made
            return made

    def close(self) -> None:
        """Refuse everything from now on."""
        self._closed = True

    def _check_open(self) -> None:
        if self._closed:
            raise ProfileError(
                "the profile store in memory is closed", code="STORE_CLOSED", subject=self.name
            )


class YamlStore:
    """Keep one registry in one file, written whole or not at all; processes take turns by a lock beside it.

    The file is read again whenever it has changed. A missing file is an empty store. With `writable=False` it is never
    written, as befits files that people or other programs own. A file that somebody wrote comments into is kept as
    `NAME.bak` before it is written for the first time: YAML that is written has none.
    """

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        self.path, self.writable = path, writable
        self.name = str(path)
        self._seen: tuple[int, int, int] | None = None
        self._registry: Registry | None = None
        self._lock = threading.RLock()
        self._closed = False

    def registries(self) -> Mapping[str, Registry]:
        """Return the registry of the file, if there is one; raise ProfileInvalid or DecodeError for a bad file."""
        found = self._read()
        return {} if found is None else {found.slug: found}

    def change(self, registry: str, change: Callable[[Registry | None], Registry | None]) -> Registry | None:
        """Change the registry (see `Store.change`); raise ProfileInvalid for another one than the file's."""
        if not self.writable:
            raise ReadOnlyStore(
                f'store is read-only: registry "{registry}" is backed by read-only {self.path}',
                subject=self.name,
                next_step="edit the file, or put the profile into a registry that can be written",
            )
        with self._alone():
            before = self._read()
            if before is not None and before.slug != registry:
                reason = (
                    f'the file {self.path} holds the registry "{before.slug}" and no other (got "{registry}")'
                )
                raise ProfileInvalid("registry.slug", reason)
            made = change(before)
            if made is None:
                self.path.unlink(missing_ok=True)
            else:
                self._keep_comments()
                write_atomically(self.path, encode_registry(made))
            return self._read()

    def close(self) -> None:
        """Refuse everything from now on."""
        self._closed = True

    def _keep_comments(self) -> None:
        from geppetto.turns import yaml_text

        text = self.path.read_text(encoding="utf-8-sig") if self.path.is_file() else ""
        if yaml_text.has_comments(text):
            write_atomically(self.path.with_name(f"{self.path.name}.bak"), text)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        from filelock import FileLock  # imports asyncio: only who writes pays for it

        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock, FileLock(f"{self.path}.lock"):
            yield

    def _read(self) -> Registry | None:
        if self._closed:
            raise ProfileError("the profile store is closed", code="STORE_CLOSED", subject=self.name)
        with self._lock:
            try:
                stat = self.path.stat()
            except FileNotFoundError:
                self._seen, self._registry = None, None
                return None
            seen = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
            if seen != self._seen:
                self._registry = decode_registry(self.path.read_bytes(), self.name)
                self._seen = seen
            return self._registry
