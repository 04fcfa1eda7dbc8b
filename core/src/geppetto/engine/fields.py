"""Dataclasses as JSON objects: read, written and copied by what their annotations say, worked out once for a class."""

from __future__ import annotations

import math
from dataclasses import fields
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from geppetto.errors import InvalidOption, nearest
from geppetto.turns import thaw
from geppetto.turns.frozen import FrozenDict

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["JsonObject"]


class JsonObject:
    """Reads and writes a dataclass as a JSON object; None means unset and is left out."""

    __slots__ = ()

    def to_json(self) -> dict[str, Any]:
        """Return the fields that are set."""
        shape = _shape(type(self))  # type: ignore[arg-type]  # a class
        return {
            name: value if type(value) in _SCALARS else _plain(value)
            for name, value in zip(shape.names, shape.read(self), strict=True)
            if value is not None
        }

    def snapshot(self) -> Self | None:
        """Return a copy that shares nothing that can change, or None where a field is not exactly what it should be.

        Fields are plain values, lists of texts, dicts of numbers and snapshots; anything else has to be looked at by
        who writes JSON.
        """
        shape = _shape(type(self))  # type: ignore[arg-type]  # a class
        values = list(shape.read(self))
        if not shape.fits(values):
            return None
        changed = not shape.frozen
        for index, wanted in shape.loose:
            copy = _copied(values[index], wanted)
            if copy is _UNSURE:
                return None
            changed = changed or copy is not values[index]
            values[index] = copy
        if not changed:
            return self
        made = object.__new__(type(self))
        for put, value in zip(shape.put, values, strict=True):
            put(made, value)
        return made

    @classmethod
    def _check(cls, name: str, kind: _Kind, value: Any) -> None:
        """Refuse a JSON value of another type than the field's; classes of ours check themselves."""
        if kind.types and not _is_a(value, kind.types):
            raise InvalidOption(
                f"{cls.__name__}: {name}: expected {kind.told}, got {type(value).__name__}",
                subject=name,
            )

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read the fields; raise InvalidOption for a name that does not exist or a value of another type."""
        if not hasattr(value, "keys"):
            raise InvalidOption(f"{cls.__name__}: expected an object, got {type(value).__name__}")
        known = _kinds(cls)  # type: ignore[arg-type]  # a class has a hash, whatever its instances have
        for name in value:
            if name not in known:
                guess = nearest(name, known)
                hint = f"did you mean {guess}?" if guess else f"known: {', '.join(sorted(known))}"
                raise InvalidOption(
                    f"{cls.__name__}: no field '{name}'; {hint}", subject=name, next_step=hint
                )
        made = cls(**{name: item if type(item) in _SCALARS else thaw(item) for name, item in value.items()})
        for name, item in value.items():
            cls._check(name, known[name], item)
        return made


class _Kind(NamedTuple):
    """What a field takes: its types (none where a class of ours checks itself), and how messages say it."""

    types: tuple[type, ...]
    told: str


class _Shape:
    """How the instances of a class are read and copied: results are, several times in every run."""

    def __init__(self, cls: type) -> None:
        kinds = _kinds(cls)
        #: whether an instance may be its own copy
        self.frozen: bool = cls.__dataclass_params__.frozen  # type: ignore[attr-defined]  # it is a dataclass
        self.names = tuple(kinds)
        self.read: Callable[[Any], tuple[Any, ...]] = attrgetter(*kinds)
        self.put = [getattr(cls, name).__set__ for name in kinds]
        #: fields whose values need a look or a copy each time
        self.loose = [
            (index, kind.types)
            for index, kind in enumerate(kinds.values())
            if not {*kind.types} <= _SURE or not kind.types
        ]
        loose = {index for index, _ in self.loose}
        self._firm = [(index, kind.types) for index, kind in enumerate(kinds.values()) if index not in loose]
        self._known: set[tuple[type, ...]] = set()

    def fits(self, values: list[Any]) -> bool:
        """Say whether each text, number and flag is one; types that were seen before are not looked at again."""
        found = tuple(map(type, values))
        if found in self._known:
            return True
        if not all(found[index] in wanted for index, wanted in self._firm):
            return False
        if len(self._known) < _MOST_KNOWN:
            self._known.add(found)
        return True


@cache
def _shape(cls: type) -> _Shape:
    return _Shape(cls)


def _copied(value: Any, wanted: tuple[type, ...]) -> Any:
    """Return a copy of a field's value that JSON can say, or _UNSURE."""
    kind = type(value)
    if not wanted:
        found = value.snapshot() if isinstance(value, JsonObject) else None
        return _UNSURE if value is not None and found is None else found
    if kind is FrozenDict and dict in wanted:
        return value
    if kind not in wanted:
        return _UNSURE
    if kind is list and set(map(type, value)) <= _TEXT:
        return value[:]
    if kind is dict and set(map(type, value)) <= _TEXT and all(map(_is_finite, value.values())):
        return value.copy()
    return value if _is_finite(value) else _UNSURE


def _is_finite(value: Any) -> bool:
    return type(value) is float and math.isfinite(value)


@cache
def _kinds(cls: type) -> Mapping[str, _Kind]:
    """Read the annotations of a class once: results are written and read several times in every run."""
    return {field.name: _kind(str(field.type)) for field in fields(cls)}


def _kind(annotation: str) -> _Kind:
    allowed = annotation.split(" | ")
    known = all(each in _TYPES for each in allowed)
    types = tuple(kind for each in allowed for kind in _TYPES[each]) if known else ()
    return _Kind(types, " or ".join(allowed))


def _plain(value: Any) -> Any:
    if type(value) in _SCALARS:
        return value
    if isinstance(value, JsonObject):
        return value.to_json()
    if isinstance(value, (tuple, frozenset)):
        return sorted(value) if isinstance(value, frozenset) else list(value)
    return thaw(value)


_SCALARS = frozenset({str, int, float, bool})
#: what a snapshot takes by its type alone
_SURE = frozenset({str, int, bool, type(None)})
_TEXT = frozenset({str})
_UNSURE: Any = object()
_MOST_KNOWN = 100
#: what a field's annotation, as it is written, lets in
_TYPES: dict[str, tuple[type, ...]] = {
    "None": (type(None),),
    "str": (str,),
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "list[str]": (list, tuple, frozenset),
    "dict[str, Any]": (dict,),
    "dict[str, float]": (dict,),
}


def _is_a(value: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and (bool in kinds or not isinstance(value, bool))
