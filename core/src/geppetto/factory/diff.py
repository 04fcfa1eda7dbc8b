"""What differs between two plans, by meaning: values by path, the chain by place, who supplies what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["difference"]

#: a part that one of the two does not have
_ABSENT = object()


def difference(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return rows of `path`, `change` (added, removed, changed), `before` and `after`; none where they mean the same.

    Where a value is from does not count, nor the fingerprint: two ways to say the same are the same.
    """
    return sorted(
        (row for part, left, right in _parts(one, other) for row in _rows(part, left, right)),
        key=lambda row: str(row["path"]),
    )


def _parts(
    one: Mapping[str, Any], other: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    yield "", _values(one), _values(other)
    yield "/chain", _chain(one), _chain(other)
    yield "/plugins", dict(one.get("plugins", {})), dict(other.get("plugins", {}))
    yield "/refusals", _refusals(one), _refusals(other)


def _values(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {row["path"]: row["value"] for row in plan.get("values", ())}


def _chain(plan: Mapping[str, Any]) -> dict[str, Any]:
    active = [row["label"] for row in plan.get("chain", ()) if row["enabled"]]
    return {"": active} if active else {}


def _refusals(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {f"/{row['key']}": row["reason"] for row in plan.get("refusals", ())}


def _rows(part: str, one: dict[str, Any], other: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for key in sorted(one.keys() | other.keys()):
        before, after = one.get(key, _ABSENT), other.get(key, _ABSENT)
        if before == after:
            continue
        change = "added" if before is _ABSENT else "removed" if after is _ABSENT else "changed"
        slash = "" if not key or key.startswith("/") else "/"
        row: dict[str, Any] = {"path": f"{part}{slash}{key}", "change": change}
        if before is not _ABSENT:
            row["before"] = before
        if after is not _ABSENT:
            row["after"] = after
        yield row
