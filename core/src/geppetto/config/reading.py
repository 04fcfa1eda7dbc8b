"""One source as the resolver reads it: a step per path, texts read, secrets sealed, unknown keys refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

from geppetto.config import secrets
from geppetto.config.pointer import join
from geppetto.config.shape import Shape
from geppetto.config.source import Source, Step
from geppetto.config.texts import coerce, unquoted
from geppetto.errors import ConfigError, nearest
from geppetto.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["steps"]

#: where anything may stand
_ANYTHING = Shape([], {})


#: the keys of a path, its JSON pointer, and what a source says there
Leaf: TypeAlias = "tuple[tuple[str, ...], str, Step]"


def steps(source: Source, shape: Shape, subject: str) -> list[Leaf]:
    """Return the path and the step of every value that a source sets; an empty object is a value."""
    reader = _Reader(source, subject)
    reader.read(source.values, shape, (), "", hidden=False)
    return reader.found


class _Reader:
    def __init__(self, source: Source, subject: str) -> None:
        self._source = source
        self._subject = subject
        #: where all of its values are, when it has no lines
        self._place = "" if source.lines else source.place("")
        self.found: list[Leaf] = []

    def read(
        self, values: Mapping[str, Any], shape: Shape, path: tuple[str, ...], above: str, *, hidden: bool
    ) -> None:
        for key, raw in values.items():
            pointer = join(above, key)
            inside = self._inside(shape, str(key), pointer, above)
            secret = hidden or inside.secret
            value = raw if secret else self._coerced(raw, inside, pointer)
            if isinstance(value, dict) and value:
                self.read(value, inside, (*path, str(key)), pointer, hidden=secret)
            else:
                step = self._step(raw, self._sealed(value, inside, pointer, hidden=secret), pointer)
                self.found.append(((*path, str(key)), pointer, step))

    def _inside(self, shape: Shape, key: str, pointer: str, above: str) -> Shape:
        """Return the shape of the value under a key; raise ConfigError where there is no such key."""
        if above and shape.open:
            return _ANYTHING
        found = shape.key(key)
        if found is None:
            raise self._unknown(pointer, key, shape)
        return found

    def _coerced(self, raw: Any, shape: Shape, pointer: str) -> Any:
        if not isinstance(raw, str):
            return raw
        if self._source.text:
            return coerce(raw, shape.nodes, pointer, self._source.place(pointer))
        return unquoted(raw, shape.nodes)

    def _sealed(self, value: Any, shape: Shape, pointer: str, *, hidden: bool) -> Any:
        """Return a copy of a value with its secrets as Secret, at any depth."""
        if isinstance(value, dict):
            return {
                key: self._member(key, item, shape, pointer, hidden=hidden) for key, item in value.items()
            }
        if isinstance(value, list):
            return [self._item(i, item, shape, pointer, hidden=hidden) for i, item in enumerate(value)]
        hidden = hidden or (isinstance(value, str) and shape.guarded)
        if not hidden or value is None or isinstance(value, Secret):
            return value
        if isinstance(value, str):
            return Secret(value)
        raise ConfigError(
            f"{pointer}: a secret is a text, got {type(value).__name__} (from {self._source.place(pointer)})",
            subject=pointer,
        )

    def _member(self, key: Any, value: Any, shape: Shape, above: str, *, hidden: bool) -> Any:
        pointer = join(above, key)
        inside = self._inside(shape, str(key), pointer, above)
        return self._sealed(value, inside, pointer, hidden=hidden or inside.secret)

    def _item(self, index: int, value: Any, shape: Shape, above: str, *, hidden: bool) -> Any:
        inside = shape.item(index)
        return self._sealed(value, inside, join(above, index), hidden=hidden or inside.secret)

    def _step(self, raw: Any, value: Any, pointer: str) -> Step:
        told = raw if isinstance(raw, str) and not any(secrets.found_in(value)) else value
        place = self._place or self._source.place(pointer)
        return Step(self._source.name, self._source.layer, told, value, place)

    def _unknown(self, pointer: str, key: str, shape: Shape) -> ConfigError:
        keys = shape.names()
        guess = nearest(key, keys)
        hint = f"did you mean {guess}?" if guess else f"known keys: {', '.join(keys) or 'none'}"
        about = f"{self._subject} has no key" if self._subject else "no key"
        return ConfigError(
            f"{about} '{pointer[1:]}', set by {self._source.place(pointer)}; {hint}",
            code="UNKNOWN_KEY",
            subject=pointer,
            next_step=hint,
            details={"source": self._source.name, "nearest": guess, "known": keys},
        )
