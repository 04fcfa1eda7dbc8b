"""What is known about the value at a path, worked out once for a resolution however many sources say something there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from geppetto.config.schema import expand, is_open, is_secret, item_nodes, known_keys, nodes_at
from geppetto.config.texts import types_of
from geppetto.judge import Judge

__all__ = ["Shape"]


class _Same:
    """A schema as the key of a table: the object itself, which the table keeps alive."""

    __slots__ = ("schema",)

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.schema = schema

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.schema is self.schema


@lru_cache(maxsize=128)
def _of(same: _Same) -> Shape:
    return Shape(expand(same.schema), same.schema)


class Shape:
    """The schemas that a value may have; `nodes` is empty where anything may stand."""

    __slots__ = (
        "_guarded",
        "_items",
        "_judge",
        "_keys",
        "_names_defaults",
        "nodes",
        "open",
        "root",
        "secret",
    )

    def __init__(self, nodes: list[Mapping[str, Any]], root: Mapping[str, Any]) -> None:
        self.nodes, self.root = nodes, root
        self.secret = is_secret(nodes)
        self.open = is_open(nodes)
        self._keys: dict[str, Shape | None] = {}
        self._items: dict[int, Shape] = {}
        self._guarded: bool | None = None
        self._judge: Judge | None = None
        self._names_defaults: bool | None = None

    @staticmethod
    def of(schema: Mapping[str, Any]) -> Shape:
        """Return the shape of a whole document; that of a schema object is kept, which must not be edited then."""
        return _of(_Same(schema))

    @property
    def judge(self) -> Judge:
        """What judges a whole document."""
        if self._judge is None:
            self._judge = Judge(self.root)
        return self._judge

    @property
    def names_defaults(self) -> bool:
        """Say whether a whole document's schema names a default anywhere: most do not, and looking takes long."""
        if self._names_defaults is None:
            self._names_defaults = _names_default(self.root)
        return self._names_defaults

    @property
    def guarded(self) -> bool:
        """Say whether a text here may be a secret that stands in the wrong place: it must not be shown."""
        if self._guarded is None:
            self._guarded = "string" not in types_of(self.nodes) and self.holds_secrets()
        return self._guarded

    def key(self, key: str) -> Shape | None:
        """Return the shape of the value under a key, None where there is no such key."""
        if key not in self._keys:
            nodes = nodes_at(self.nodes, key, self.root)
            self._keys[key] = Shape(nodes, self.root) if nodes else None
        return self._keys[key]

    def item(self, index: int) -> Shape:
        """Return the shape of an item of a list."""
        if index not in self._items:
            self._items[index] = Shape(item_nodes(self.nodes, index, self.root), self.root)
        return self._items[index]

    def holds_secrets(self) -> bool:
        """Say whether something directly inside of the value is a secret."""
        inside = [self.key(name) for name in (*self.names(), "")] if self.nodes else []
        return any(shape.secret for shape in (*inside, self.item(0)) if shape is not None)

    def names(self) -> list[str]:
        """Return the keys that the schemas name."""
        return known_keys(self.nodes)


def _names_default(schema: Any) -> bool:
    if isinstance(schema, Mapping):
        return "default" in schema or any(map(_names_default, schema.values()))
    return isinstance(schema, list) and any(map(_names_default, schema))
