"""JSON Schemas as the resolver reads them: which schema a path has, what its values may be, which keys exist."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from geppetto.config import pointer as pointers
from geppetto.errors import ConfigError
from geppetto.secret import Secret
from geppetto.turns import thaw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pydantic import BaseModel

__all__ = [
    "defaults",
    "expand",
    "is_open",
    "is_path",
    "is_secret",
    "item_nodes",
    "known_keys",
    "nodes_at",
    "schema_of",
]

_ANY_OF = ("anyOf", "oneOf", "allOf")
#: how pydantic writes the types Path, FilePath and DirectoryPath; in a schema of one's own, `path` will do
_PATHS = frozenset({"path", "file-path", "directory-path"})


def schema_of(config: type[BaseModel] | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the JSON Schema of a pydantic model, or the schema that was given."""
    return _of_model(config) if isinstance(config, type) else config


@lru_cache(maxsize=256)
def _of_model(model: type[BaseModel]) -> Mapping[str, Any]:
    # pydantic works it out anew each time, which takes longer than a resolution
    schema: Mapping[str, Any] = model.model_json_schema()
    return schema


def _branches(
    schema: Any, root: Mapping[str, Any], words: tuple[str, ...] = _ANY_OF, seen: tuple[int, ...] = ()
) -> Iterator[Mapping[str, Any]]:
    """Give a schema and everything it refers to or combines; local references only."""
    if isinstance(schema, bool):
        schema = {} if schema else None
    if schema is None or id(schema) in seen:
        return
    yield schema
    seen = (*seen, id(schema))
    reference = schema.get("$ref", "")
    if isinstance(reference, str) and reference.startswith("#"):
        yield from _branches(_target(reference, root), root, words, seen)
    for word in words:
        for branch in schema.get(word, ()):
            yield from _branches(branch, root, words, seen)


def _target(reference: str, root: Mapping[str, Any]) -> Any:
    target: Any = root
    try:
        for part in pointers.parts(reference):
            target = target[int(part)] if isinstance(target, list) else target[part]
    except (KeyError, IndexError, ValueError, TypeError):
        raise ConfigError(
            f"the JSON Schema refers to {reference}, which it does not have",
            code="SCHEMA_INVALID",
            subject=reference,
        ) from None
    return target


def nodes_at(nodes: list[Mapping[str, Any]], key: str, root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the schemas that the value under `key` may have; empty when there is no such key."""
    found: list[Mapping[str, Any]] = []
    for node in nodes:
        named = [node["properties"][key]] if key in node.get("properties", {}) else []
        matching = [s for pattern, s in node.get("patternProperties", {}).items() if re.search(pattern, key)]
        for schema in named + matching or [node.get("additionalProperties", False)]:
            found.extend(_branches(schema, root))
    return found


def item_nodes(
    nodes: list[Mapping[str, Any]], index: int, root: Mapping[str, Any]
) -> list[Mapping[str, Any]]:
    """Return the schemas that an item of a list may have; empty when they say nothing."""
    found: list[Mapping[str, Any]] = []
    for node in nodes:
        first = node.get("prefixItems", ())
        found.extend(_branches(first[index] if index < len(first) else node.get("items"), root))
    return found


def expand(schema: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the schema and its branches, as `nodes_at` takes them."""
    return list(_branches(schema, schema))


def known_keys(nodes: list[Mapping[str, Any]]) -> list[str]:
    """Return the keys that the schemas name."""
    return sorted({key for node in nodes for key in node.get("properties", {})})


def is_open(nodes: list[Mapping[str, Any]]) -> bool:
    """Say whether nothing is known of a value's inside, so that anything may stand there."""
    return not any(
        "properties" in n or "additionalProperties" in n or "patternProperties" in n for n in nodes
    )


def is_secret(nodes: list[Mapping[str, Any]]) -> bool:
    """Say whether a value must not be shown."""
    return any(node.get("writeOnly") or node.get("format") == "password" for node in nodes)


def is_path(nodes: list[Mapping[str, Any]]) -> bool:
    """Say whether a value is the path of a file or folder."""
    return any(node.get("format") in _PATHS for node in nodes)


def defaults(schema: Mapping[str, Any], given: Sequence[Mapping[str, Any]] = ()) -> dict[str, Any]:
    """Return the default values that a schema declares, at every depth.

    Those inside an object that nothing in `given` sets count only when the object is complete with them.
    """
    return _defaults(list(_branches(schema, schema, ("allOf",))), schema, given, ())


def _defaults(
    nodes: list[Mapping[str, Any]],
    root: Mapping[str, Any],
    given: Sequence[Mapping[str, Any]],
    seen: tuple[int, ...],
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    seen = (*seen, *map(id, nodes))
    for key, child in (pair for node in nodes for pair in node.get("properties", {}).items()):
        if isinstance(child, bool):
            continue
        if "default" in child:
            if not _is_masked(child["default"], list(_branches(child, root)), root):
                found[key] = thaw(child["default"])
            continue
        inside = [values[key] for values in given if isinstance(values.get(key), dict)]
        below = list(_branches(child, root, ("allOf",)))
        if inside or not any(id(node) in seen for node in below):
            inner = _defaults(below, root, inside, seen)
            required = {name for node in below for name in node.get("required", ())}
            if inner and (inside or required <= inner.keys()):
                found[key] = inner
    return found


def _is_masked(default: Any, nodes: list[Mapping[str, Any]], root: Mapping[str, Any]) -> bool:
    """Say whether a model's default is, or holds, a secret: its schema shows stars, the model knows the value."""
    if isinstance(default, dict):
        return any(_is_masked(item, nodes_at(nodes, key, root), root) for key, item in default.items())
    if isinstance(default, list):
        return any(_is_masked(item, item_nodes(nodes, i, root), root) for i, item in enumerate(default))
    return is_secret(nodes) and bool(default == str(Secret("")))
