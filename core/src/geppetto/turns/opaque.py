"""Opaque maps and their typed keys: how layers store values on a turn without knowing each other.

A key's id is `namespace.value@vN`. Values are kept as frozen JSON, or as copies that are sure to become it, so a turn
can always be written, and a typed `get` tells *missing* (None or the default) from *present but undecodable* (DecodeError).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

from geppetto.errors import DecodeError, EncodeError, GeppettoError, InvalidOption
from geppetto.turns.frozen import FrozenDict, freeze, thaw

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Key", "Opaque"]

T = TypeVar("T")
D = TypeVar("D")
_ID = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)+@v[1-9][0-9]*")
_PLAIN = (str, int, float, bool, dict, list)


class Key(Generic[T]):
    """Name one value of type `T`: `Key("acme.trace@v1", str)`.

    `T` is a plain JSON type, a class with `to_json()` and `from_json(value)`, or anything pydantic can validate. A class
    may also have `snapshot()`: a copy of its own that JSON can say and `from_json` takes, or None where that is not
    sure. Such a copy is kept instead of JSON, and JSON is made of it for who asks.
    Raises InvalidOption for an id that is not `namespace.value@vN`.
    """

    __slots__ = ("_adapter", "id", "type")

    def __init__(self, id: str, type: Any) -> None:
        if not _ID.fullmatch(id):
            raise InvalidOption(
                f"key id {id!r} is not of the form namespace.value@vN",
                subject=id,
                next_step="for example acme.trace@v1",
            )
        self.id = id
        self.type = type
        self._adapter: Any = None

    def keep(self, value: T) -> Any:
        """Return what a map stores: a snapshot where there is one, else frozen JSON as `encode`."""
        if type(value) is str and self.type is str:
            return value
        if type(value) is self.type and type(value) not in _PLAIN:
            snapshot = getattr(value, "snapshot", None)
            if snapshot is not None and (copy := snapshot()) is not None:
                return _Kept(copy)
        return self.encode(value)

    def encode(self, value: T) -> Any:
        """Return `value` as frozen JSON; raise EncodeError when JSON cannot say it."""
        try:
            return freeze(self._plain(value), self.id)
        except GeppettoError:
            raise
        except Exception as error:
            raise EncodeError(
                f"{self.id}: value not serializable as JSON: {error}", subject=self.id
            ) from error

    def _plain(self, value: Any) -> Any:
        if hasattr(value, "to_json"):
            return value.to_json()
        if hasattr(value, "model_dump"):
            return value.model_dump(mode="json")
        if self.type in _PLAIN:
            return _checked(self.type, freeze(value, self.id))
        if self.type is Any:
            return value
        written = self._pydantic().dump_python(value, mode="json", warnings="error")
        self._pydantic().validate_python(written)  # what `get` will not take is a mistake of `set`
        return written

    def decode(self, raw: Any) -> T:
        """Return the typed value of stored JSON; raise whatever the type raises for a misfit."""
        if hasattr(self.type, "from_json"):
            value: T = self.type.from_json(thaw(raw))
            return value
        if self.type is Any:
            return thaw(raw)  # type: ignore[no-any-return]  # T is Any
        if self.type in _PLAIN:
            return thaw(_checked(self.type, raw))  # type: ignore[no-any-return]  # that is the check
        validated: T = self._pydantic().validate_python(thaw(raw))
        return validated

    def _pydantic(self) -> Any:
        if self._adapter is None:
            from pydantic import TypeAdapter

            self._adapter = TypeAdapter(self.type)
        return self._adapter

    def __repr__(self) -> str:
        return f"Key({self.id!r})"


class _Kept:
    """A typed value that nobody else holds, and its JSON once somebody has asked for that."""

    __slots__ = ("_json", "value")

    def __init__(self, value: Any) -> None:
        self.value = value
        self._json: Any = None

    def json(self) -> Any:
        if self._json is None:
            self._json = freeze(self.value.to_json())
        return self._json


def _json(stored: Any) -> Any:
    return stored.json() if type(stored) is _Kept else stored


def _checked(kind: type, value: Any) -> Any:
    """Return a value of a plain JSON type; a whole number is a float too, a bool is no number."""
    if kind is float and type(value) is int:
        return float(value)
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return value
    msg = f"expected {kind.__name__}, got {type(value).__name__}"
    raise ValueError(msg)


class Opaque:
    """A map from key id to JSON that only typed keys open; raw ids are possible and unchecked (`set_raw`)."""

    __slots__ = ("_store", "_values")

    def __init__(
        self, values: Opaque | Mapping[str, Any] | Iterable[tuple[str, Any]] = (), *, store: str = "Opaque"
    ) -> None:
        self._store = store
        if isinstance(values, Opaque):
            self._values: dict[str, Any] = dict(values._values)  # noqa: SLF001  # its own class
        else:
            self._values = {}
            for key, value in dict(values).items():
                self.set_raw(key, value)

    @overload
    def get(self, key: Key[T]) -> T | None: ...
    @overload
    def get(self, key: Key[T], default: D) -> T | D: ...
    def get(self, key: Key[Any], default: Any = None) -> Any:
        """Return the value of `key`, or `default` when it is missing.

        Raises DecodeError when a value is present and does not fit the key's type.
        """
        if key.id not in self._values:
            return default
        stored = self._values[key.id]
        if type(stored) is _Kept and type(stored.value) is key.type:
            return stored.value.snapshot()
        raw = _json(stored)
        try:
            return key.decode(raw)
        except Exception as error:
            raise DecodeError(
                f'{self._store}["{key.id}"]: cannot decode {type(raw).__name__}: {error}',
                subject=key.id,
                next_step=f"set the key again, or read the raw value with `.raw({key.id!r})`",
            ) from error

    def set(self, key: Key[T], value: T) -> None:
        """Store `value`; raise EncodeError, storing nothing, when it is not JSON-serialisable."""
        self._values[key.id] = key.keep(value)

    def raw(self, key_id: str) -> Any:
        """Return the stored JSON of a key id, frozen, or None."""
        return _json(self._values.get(key_id))

    def set_raw(self, key_id: str, value: Any) -> None:
        """Store JSON under any key id, unchecked against a type: the unsafe way."""
        if not isinstance(key_id, str):
            raise EncodeError(f"{self._store}: key {key_id!r} is {type(key_id).__name__}, expected text")
        self._values[key_id] = freeze(value, f"{self._store}[{key_id!r}]")

    def delete(self, key: Key[Any] | str) -> None:
        """Remove a key; a missing one is no error."""
        self._values.pop(key if isinstance(key, str) else key.id, None)

    def clone(self) -> Opaque:
        """Return an independent map with the same values."""
        made = object.__new__(Opaque)
        made._store, made._values = self._store, self._values.copy()
        return made

    def items(self) -> Iterable[tuple[str, Any]]:
        """Return the pairs of key id and frozen JSON."""
        return [(key, _json(stored)) for key, stored in self._values.items()]

    def to_json(self) -> dict[str, Any]:
        """Return a plain, editable copy."""
        return {key: thaw(value) for key, value in self.items()}

    def __contains__(self, key: Key[Any] | str) -> bool:
        return (key if isinstance(key, str) else key.id) in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Opaque):
            return dict(self.items()) == dict(other.items())
        return dict(self.items()) == other

    __hash__ = None  # type: ignore[assignment]  # it is mutable

    def __repr__(self) -> str:
        return f"{self._store}({FrozenDict(self.items())!r})"
