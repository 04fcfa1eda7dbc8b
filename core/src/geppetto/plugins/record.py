"""RECORD: which files an installed distribution has and what they were, so that a change is seen without importing any."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Difference", "RecordUnreadable", "Recorded", "differences", "record_digest", "recorded"]

#: what stands in a `.dist-info` by the wheel; the rest says who installed it, from where and when
_OF_THE_WHEEL = frozenset({"METADATA", "WHEEL", "entry_points.txt"})
_ALGORITHMS = frozenset(name for name in hashlib.algorithms_guaranteed if not name.startswith("shake"))


class RecordUnreadable(ValueError):
    """A RECORD is there and nobody can tell what it says; the text goes on after its name."""


@dataclass(slots=True, frozen=True)
class Recorded:
    """One file with the hash that it had when it was installed; `path` counts from the folder that Python imports from."""

    path: str
    algorithm: str
    digest: str


@dataclass(slots=True, frozen=True)
class Difference:
    """A file that is not as it was recorded; `missing` when it is not there at all, `problem` in words."""

    path: str
    problem: str
    missing: bool = False


def recorded(distribution: Any) -> list[Recorded] | None:
    """Return the files that have a hash, or None where there is no RECORD; raise RecordUnreadable for one that is none.

    RECORD's line about itself and those of byte code that was compiled afterwards have no hash.
    """
    try:
        text = distribution.read_text("RECORD")
    except (OSError, UnicodeDecodeError) as error:
        raise RecordUnreadable(f"cannot be read: {error}") from error
    if text is None:
        return None
    try:
        return [found for found in map(_line, csv.reader(io.StringIO(text, newline=""))) if found]
    except csv.Error as error:
        raise RecordUnreadable(f"is no table: {error}") from error


def record_digest(distribution: Any) -> str:
    """Return a SHA-256 of what RECORD says of the wheel's own files, nothing where there is no RECORD.

    The file as a whole differs between installers, and with the time: they add `INSTALLER`, `REQUESTED`, byte code, a cache of
    their own, and scripts that begin with the path of this Python. Those lines are left out, so the same wheel always has one
    digest. Raises RecordUnreadable.
    """
    found = recorded(distribution)
    if found is None:
        return ""
    lines = sorted(f"{each.path},{each.algorithm}={each.digest}\n" for each in found if _of_the_wheel(each))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def differences(distribution: Any) -> Iterator[Difference]:
    """Hash the files that RECORD names and yield those that are not as it says; raises RecordUnreadable."""
    for each in recorded(distribution) or ():
        problem = _difference(each, distribution.locate_file(each.path))
        if problem is not None:
            yield problem


def _line(row: list[str]) -> Recorded | None:
    if not row or (len(row) > 1 and not row[1]):
        return None
    path, hashed = row[0], row[1] if len(row) > 1 else ""
    algorithm, equals, digest = hashed.partition("=")
    if not path or not equals or not digest:
        raise RecordUnreadable(f"has the line '{','.join(row)[:120]}', which is no path,hash,size")
    if algorithm.lower() not in _ALGORITHMS:
        raise RecordUnreadable(
            f"names the hash '{algorithm[:40]}' for {path}, which this Python does not know"
        )
    return Recorded(path, algorithm.lower(), digest.rstrip("="))


def _of_the_wheel(file: Recorded) -> bool:
    path = PurePosixPath(file.path.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts:
        return False
    return not path.parts[0].endswith(".dist-info") or path.name in _OF_THE_WHEEL


def _difference(file: Recorded, path: Any) -> Difference | None:
    try:
        # `path` may stand in a zip file; a pipe or a device would never end
        if path.exists() and not path.is_file():
            return Difference(file.path, "is no file")
        with path.open("rb") as stream:
            digest = hashlib.file_digest(stream, file.algorithm).digest()
    except FileNotFoundError:
        return Difference(file.path, "is not there", missing=True)
    except (OSError, ValueError) as error:
        return Difference(file.path, f"cannot be read: {error}")
    found = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return None if found == file.digest else Difference(file.path, "has other content than was installed")
