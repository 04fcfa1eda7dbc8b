"""JSON values that nobody can edit: what makes it safe to share blocks between turns, clones and the history.

They are real dicts and lists (json, yaml and `isinstance` take them as such), equal to plain ones, and refuse every
change. `thaw` gives a plain, editable copy.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

from geppetto.errors import EncodeError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["FrozenDict", "FrozenList", "freeze", "thaw"]


def _refuse(*_args: object, **_kwargs: object) -> NoReturn:
    msg = "a block's value cannot be edited in place: use `block.replace(payload={...})`"
    raise TypeError(msg)


class FrozenDict(dict[str, Any]):
    """A dict that cannot be edited."""

    __slots__ = ()
    __setitem__ = __delitem__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse
    __ior__ = _refuse

    def copy(self) -> dict[str, Any]:
        """Return a plain, editable copy of this level."""
        return dict(self)

    def __copy__(self) -> dict[str, Any]:
        return dict(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return thaw(self)

    def __reduce__(self) -> tuple[Callable[[Any], Any], tuple[Any]]:
        return (freeze, (thaw(self),))

    def __hash__(self) -> int:  # type: ignore[override]  # equal values, equal hash: it cannot change
        return hash(frozenset(self))


class FrozenList(list[Any]):
    """A list that cannot be edited."""

    __slots__ = ()
    __setitem__ = __delitem__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse
    __iadd__ = __imul__ = _refuse

    def copy(self) -> list[Any]:
        """Return a plain, editable copy of this level."""
        return list(self)

    def __copy__(self) -> list[Any]:
        return list(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return thaw(self)

    def __reduce__(self) -> tuple[Callable[[Any], Any], tuple[Any]]:
        return (freeze, (thaw(self),))

    def __hash__(self) -> int:  # type: ignore[override]  # equal values, equal hash: it cannot change
        return hash(len(self))


_AS_IT_IS = frozenset({str, bool, type(None), FrozenDict, FrozenList})
_TOO_LONG = 10**4300  # Python writes and reads no longer integers


def freeze(value: Any, where: str = "value") -> Any:
    """Return `value` as frozen JSON; raise EncodeError, naming the place, for what JSON cannot say.

    Subclasses of the JSON types (an enum member, an `OrderedDict`) become the plain type.
    """
    try:
        return _freeze(value, where)
    except RecursionError:
        raise EncodeError(f"{where}: nested too deeply, or inside itself", subject=where) from None


def _freeze(value: Any, where: Any) -> Any:
    """Freeze a value; `where` is a text, or a pair of where its parent stands and its own key."""
    kind = type(value)
    if kind in _AS_IT_IS:
        return value
    if kind is int or kind is float:
        return _number(value, where)
    if isinstance(value, dict):
        # what is frozen by itself is most of what there is: the look here spares a call and a path for each
        return FrozenDict(
            {
                key if type(key) is str else _key(key, where): item
                if type(item) in _AS_IT_IS
                else _freeze(item, (where, key))
                for key, item in value.items()
            }
        )
    if isinstance(value, (list, tuple)):
        return FrozenList([_freeze(item, (where, index)) for index, item in enumerate(value)])
    return str.__str__(value) if isinstance(value, str) else _number(value, where)


def _number(value: Any, where: Any) -> int | float:
    """Return a number as the plain type; JSON has no other values left."""
    if isinstance(value, int) and -_TOO_LONG < value < _TOO_LONG:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    place = _path(where)
    raise EncodeError(
        f"{place}: value not serializable as JSON: {_shown(value)}",
        subject=place,
        next_step="store text, numbers, booleans, null, lists or objects with text keys; encode bytes as base64",
    )


def _shown(value: Any) -> str:
    if isinstance(value, int):
        return "an integer of more than 4300 digits"
    if isinstance(value, float):
        return f"{'NaN' if math.isnan(value) else value} is no JSON number"
    return f"{value!r:.80} is {type(value).__name__}"


def _key(key: Any, where: Any) -> str:
    if isinstance(key, str):
        return str.__str__(key)
    place = _path(where)
    raise EncodeError(f"{place}: key {key!r} is {type(key).__name__}, expected text", subject=place)


def _path(where: Any) -> str:
    return where if isinstance(where, str) else f"{_path(where[0])}/{where[1]}"


def thaw(value: Any) -> Any:
    """Return a plain, editable deep copy of a JSON value."""
    if isinstance(value, dict):
        return {key: thaw(item) for key, item in value.items()}
    if isinstance(value, list):
        return [thaw(item) for item in value]
    return value
