"""What a resolved configuration costs: fifty paths in five layers, with the history of each, against a bare merge."""

from __future__ import annotations

from functools import partial
from typing import Any

from geppetto.config import Layer, Source, resolve

from benchmarks.measure import Row, alternate, compare

__all__ = ["resolving"]

_GROUPS, _NAMES = 10, 5
_LAYERS = (Layer.PROFILE, Layer.CONFIG_FILE, Layer.ENVIRONMENT, Layer.FLAGS, Layer.REQUEST)
_TIMES = 50
_MICRO = 1_000_000
_TEXT = {"type": "string"}
_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        f"group{number}": {
            "type": "object",
            "properties": {f"name{each}": _TEXT for each in range(_NAMES)},
            "additionalProperties": False,
        }
        for number in range(_GROUPS)
    },
    "additionalProperties": False,
}


def resolving() -> list[Row]:
    """Each path set by one layer, and by all five."""
    found = []
    for name, layers in (("by one of them", 1), ("by all of them", len(_LAYERS))):
        values = [_values(place, layers) for place in range(len(_LAYERS))]
        sources = [Source(layer.label, layer, each) for layer, each in zip(_LAYERS, values, strict=True)]
        mine, bare = alternate(partial(_resolve, sources), partial(_merge, values))
        scaled = [[t / _TIMES * _MICRO for t in times] for times in (mine, bare)]
        title = f"50 paths in 5 layers, each set {name}"
        found.append(compare(title, "µs", scaled[0], scaled[1], "nested dicts merged"))
    return found


def _values(place: int, layers: int) -> dict[str, Any]:
    """Return what the layer at a place sets: a fifth of the groups, or all of them."""
    groups = range(_GROUPS) if layers > 1 else range(place * 2, place * 2 + 2)
    return {f"group{number}": {f"name{each}": f"{place}" for each in range(_NAMES)} for number in groups}


def _resolve(sources: list[Source]) -> None:
    for _ in range(_TIMES):
        resolve(_SCHEMA, sources)


def _merge(values: list[dict[str, Any]]) -> None:
    for _ in range(_TIMES):
        merged: dict[str, Any] = {}
        for each in values:
            for group, names in each.items():
                merged.setdefault(group, {}).update(names)
