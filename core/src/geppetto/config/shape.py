"""What is known about the value at a path, worked out once for a resolution however many sources say something there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.config.schema import expand, is_open, is_secret, item_nodes, known_keys, nodes_at

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Shape"]


class Shape:
    """The schemas that a value may have; `nodes` is empty where anything may stand."""

    __slots__ = ("_items", "_keys", "nodes", "open", "root", "secret")

    def __init__(self, nodes: list[Mapping[str, Any]], root: Mapping[str, Any]) -> None:
        self.nodes, self.root = nodes, root
        self.secret = is_secret(nodes)
        self.open = is_open(nodes)
        self._keys: dict[str, Shape | None] = {}
        self._items: dict[int, Shape] = {}

    @classmethod
    def of(cls, schema: Mapping[str, Any]) -> Shape:
        """Return the shape of a whole document."""
        return cls(expand(schema), schema)

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
