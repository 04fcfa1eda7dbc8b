"""Where vectors are kept: in memory, or in a folder that several processes may share.

A key holds the embedder's identity (provider, address, model, dimensions) and the text, so vectors that cannot be
compared never meet.
"""

from __future__ import annotations

import array
import hashlib
import os
import sys
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Protocol

from geppetto.atomic import write_atomically
from geppetto.errors import InvalidOption

if TYPE_CHECKING:
    from pathlib import Path

    from geppetto.embedding.model import Vector

__all__ = ["DiskCache", "EmbeddingCache", "MemoryCache", "key_of"]

_MAGIC = b"GEV1"
_DIGEST = 32
_SUFFIX = ".vec"


def key_of(identity: str, text: str) -> str:
    """Return the key of a text's vector."""
    return hashlib.sha256(f"{identity}\0{text}".encode("utf-8", "surrogatepass")).hexdigest()


class EmbeddingCache(Protocol):
    """What keeps vectors; it never fails a call: what cannot be read is not there.

    Its methods are called on the host's threads, by several at once.
    """

    def get(self, key: str) -> Vector | None:
        """Return a kept vector."""

    def put(self, key: str, vector: Vector) -> None:
        """Keep a vector; the one used longest ago makes room."""

    def clear(self) -> None:
        """Forget everything."""


def _at_least_one(name: str, value: int) -> int:
    if value < 1:
        raise InvalidOption(f"{name}: expected at least 1, got {value}", subject=name)
    return value


class MemoryCache:
    """Keep the `max_entries` vectors used last; safe for several threads."""

    def __init__(self, max_entries: int = 1000) -> None:
        self._most = _at_least_one("max_entries", max_entries)
        self._kept: OrderedDict[str, Vector] = OrderedDict()
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: str) -> Vector | None:
        """Return a kept vector; it counts as used."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: str, vector: Vector) -> None:
        """Keep a vector."""
        with self._lock:
            self._kept[key] = vector
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


class DiskCache:
    """Keep vectors as files of a folder, at most `max_entries` and `max_bytes`.

    A file is written whole or not at all, and carries a checksum; a damaged one is a miss and is removed. The time of
    last use is the file's own.
    """

    def __init__(self, folder: Path, *, max_entries: int = 10_000, max_bytes: int = 1 << 30) -> None:
        self._folder = folder
        self._entries, self._bytes = (
            _at_least_one("max_entries", max_entries),
            _at_least_one("max_bytes", max_bytes),
        )
        self._written = 0

    def get(self, key: str) -> Vector | None:
        """Return a kept vector; it counts as used."""
        path = self._path(key)
        try:
            vector = _unpacked(path.read_bytes())
            os.utime(path)
        except ValueError:
            path.unlink(missing_ok=True)
            return None
        except OSError:
            return None
        return vector

    def put(self, key: str, vector: Vector) -> None:
        """Keep a vector; a full or read-only disk is no error of the caller's."""
        try:
            write_atomically(self._path(key), _packed(vector), durable=False)
            self._written += 1
            if self._written % 64 == 1:  # looking through the folder costs more than a few files too many
                self._make_room()
        except OSError:
            return

    def clear(self) -> None:
        """Forget everything."""
        for path, _, _ in self._files():
            path.unlink(missing_ok=True)

    def __len__(self) -> int:
        return len(self._files())

    def _path(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key}{_SUFFIX}"

    def _files(self) -> list[tuple[Path, float, int]]:
        found = []
        for path in self._folder.glob(f"*/*{_SUFFIX}"):
            try:
                stat = path.stat()
            except OSError:
                continue  # another process removed it
            found.append((path, stat.st_mtime, stat.st_size))
        return sorted(found, key=lambda item: item[1])

    def _make_room(self) -> None:
        files = self._files()
        count, total = len(files), sum(size for _, _, size in files)
        for path, _, size in files:
            if count <= self._entries and total <= self._bytes:
                return
            path.unlink(missing_ok=True)
            count, total = count - 1, total - size


def _packed(vector: Vector) -> bytes:
    """Return a vector as bytes: a mark, a checksum, doubles in little-endian order."""
    numbers = array.array("d", vector)
    if sys.byteorder == "big":
        numbers.byteswap()
    body = numbers.tobytes()
    return _MAGIC + hashlib.sha256(body).digest() + body


def _unpacked(content: bytes) -> Vector:
    body = content[len(_MAGIC) + _DIGEST :]
    if (
        not content.startswith(_MAGIC)
        or content[len(_MAGIC) : len(_MAGIC) + _DIGEST] != hashlib.sha256(body).digest()
    ):
        msg = "damaged"
        raise ValueError(msg)
    numbers = array.array("d")
    numbers.frombytes(body)
    if sys.byteorder == "big":
        numbers.byteswap()
    return tuple(numbers)
