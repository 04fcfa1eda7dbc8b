"""Discovery: from the metadata of installed distributions to rows, without importing any plugin."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import importlib_metadata

from geppetto.errors import nearest
from geppetto.plugins.kinds import API, CORE, Kind, distribution_key
from geppetto.plugins.row import Row, Source, Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["Discovery", "by_distribution", "discover", "distribution_of", "summary"]

_GROUP = re.compile(r"geppetto(\d*)\.(.+)")


@dataclass(slots=True, frozen=True)
class Discovery:
    """What the metadata say: rows, and a sentence for each distribution that could not be read."""

    rows: tuple[Row, ...] = ()
    notes: tuple[str, ...] = ()


def discover(path: Sequence[str] | None = None) -> Discovery:
    """Read the entry points of every distribution on `path`, `sys.path` by default."""
    rows: list[Row] = []
    notes: list[str] = []
    candidates = [(_name(found), found) for found in _candidates(path)]
    if any(not name for name, _ in candidates):
        notes.append("a distribution with geppetto entry points has no readable name; reinstall it")
    # distributions that are on the path twice count once
    named = {distribution_key(name): (name, found) for name, found in reversed(candidates) if name}
    for name, found in named.values():
        try:
            rows += _rows_of(name, distribution_of(name, path) or found)
        except Exception as error:  # one broken distribution must not hide the others
            notes.append(f"{name}: its entry points cannot be read ({error}); reinstall it")
    return Discovery(tuple(sorted(rows, key=lambda row: row.id)), tuple(notes))


def by_distribution(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Return the rows by the canonical name of who offers them."""
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(distribution_key(row.distribution), []).append(row)
    return found


def summary(distribution: str, path: Sequence[str] | None = None) -> str:
    """Return the one line that a distribution's metadata say about it, or nothing."""
    found = distribution_of(distribution, path)
    try:
        return str(found.metadata["Summary"] or "") if found else ""
    except Exception:  # a missing field raises or not, depending on the metadata's reader
        return ""


def _candidates(path: Sequence[str] | None) -> Iterator[Any]:
    for distribution in _distributions(path):
        try:
            # most distributions are none of ours: a search in the text spares parsing their metadata
            declares = "geppetto" in (distribution.read_text("entry_points.txt") or "")
        except Exception:  # noqa: S112  # unreadable, and nothing says that it is a plugin
            continue
        if declares:
            yield distribution


def distribution_of(name: str, path: Sequence[str] | None = None) -> Any:
    """Return the distribution of that name that Python would import from: the first readable one."""
    named = (found for found in _distributions(path, name=name) if _name(found))
    # a folder of metadata that bears another name than they do is found by looking into all of them
    return next(named, None) or next((each for each in _candidates(path) if _same(_name(each), name)), None)


def _same(one: str, other: str) -> bool:
    return distribution_key(one) == distribution_key(other)


def _distributions(path: Sequence[str] | None, **query: str) -> Iterable[Any]:
    where = {} if path is None else {"path": list(path)}
    return importlib_metadata.distributions(**where, **query)


def _name(distribution: Any) -> str:
    return _field(distribution, "Name")


def _field(distribution: Any, field: str) -> str:
    """Return a one-line field of the metadata, or nothing; `distribution.metadata` would load the email package."""
    try:
        text = distribution.read_text("METADATA") or distribution.read_text("PKG-INFO") or ""
    except Exception:
        return ""
    found = re.search(rf"^{field}:[ \t]*(\S.*?)\s*$", text.partition("\n\n")[0], re.MULTILINE | re.IGNORECASE)
    return found[1] if found else ""


def _rows_of(owner: str, distribution: Any) -> list[Row]:
    found: dict[tuple[str, str, str], Row] = {}
    version = _field(distribution, "Version")
    for point in distribution.entry_points:
        row = _row(point.group, point.name, point.value, owner, version)
        # a name for this API beats the same name for a newer one, or in a misspelt group
        if row is not None and found.get(row.id, row).status is not Status.AVAILABLE:
            found[row.id] = row
        elif row is not None:
            found.setdefault(row.id, row)
    return list(found.values())


def _row(group: str, name: str, value: str, owner: str, version: str) -> Row | None:
    match = _GROUP.fullmatch(group)
    if match is None:
        return None
    status, reason, word = _judge(group, match[1], match[2], owner)
    source = Source.BUILT_IN if distribution_key(owner) == CORE else Source.ENTRY_POINT
    return Row(word, name, owner, version, value, status, reason, source)


def _judge(group: str, version: str, word: str, owner: str) -> tuple[Status, str, str]:
    """Return status, reason and kind of an entry point from its group alone."""
    kind = Kind.of_group(f"geppetto.{word}")
    if version and int(version) > API:
        reason = f"needs a newer geppetto: it is made for plugin API {version}, this one reads {API}"
        return Status.INCOMPATIBLE, reason, kind or word
    if kind is not None and not version:
        return Status.AVAILABLE, "", kind
    known = [each.spec.group for each in Kind]
    guess = nearest(group, known)
    reason = f"there is no group {group}: did {owner} mean {guess or ' or '.join(known)}?"
    return Status.MISSPELT_GROUP, reason, (Kind.of_group(guess) if guess else None) or word
