"""From a lock and what is installed to what has to be installed and removed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import url2pathname

from geppetto.plugins.installing.requirement import Requirement
from geppetto.plugins.kinds import distribution_key

if TYPE_CHECKING:
    from geppetto.plugins.lock import Lock, LockedPlugin

__all__ = ["Difference", "difference"]

_ARCHIVES = (".whl", ".tar.gz", ".zip")


@dataclass(slots=True, frozen=True)
class Difference:
    """What a lock asks for: `add` and `remove`, and in `left` a sentence for each plugin that cannot be brought back."""

    add: tuple[Requirement, ...] = ()
    remove: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


def difference(lock: Lock, installed: Lock, *, prune: bool = False) -> Difference:
    """Compare versions; with `prune` what the lock does not have goes.

    Whether the files of a version are the locked ones is asked by `geppetto plugins audit`.
    """
    add: list[Requirement] = []
    left: list[str] = []
    for key, wanted in sorted(lock.plugins.items()):
        there = installed.get(key)
        if there is not None and there.version == wanted.version:
            continue
        found = _requirement(wanted, there)
        add += [found] if isinstance(found, Requirement) else []
        left += [found] if isinstance(found, str) else []
    surplus = [each.name for key, each in sorted(installed.plugins.items()) if lock.get(key) is None]
    return Difference(tuple(add), tuple(surplus if prune else ()), tuple(left))


def _requirement(wanted: LockedPlugin, there: LockedPlugin | None) -> Requirement | str:
    """Return what brings a plugin back, or a sentence that says why nothing does."""
    name, key = f"{wanted.name} {wanted.version}", distribution_key(wanted.name)
    if not wanted.origin:
        return Requirement(f"{wanted.name}=={wanted.version}", key)
    folder = _local(wanted.origin)
    if wanted.editable and there and there.editable and there.origin == wanted.origin:
        return f"{name}: its folder {folder or wanted.origin} says that it is {there.version} now"
    if folder is not None and not folder.exists():
        return f"{name}: it was installed from {folder}, which is gone"
    if folder is not None:
        return Requirement(str(folder), key, wanted.editable)
    if urlsplit(wanted.origin).path.endswith(_ARCHIVES):
        return Requirement(f"{wanted.name} @ {wanted.origin}", key)
    return f"{name}: it was installed from {wanted.origin}, of which the lock has no revision"


def _local(origin: str) -> Path | None:
    """Return the path that a file address names."""
    address = urlsplit(origin)
    return Path(url2pathname(address.path)) if address.scheme == "file" else None
