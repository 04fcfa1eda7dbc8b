"""JSON Schemas as the resolver reads them: which schema a path has, what its values may be, which keys exist."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geppetto.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic import BaseModel

__all__ = ["coerce", "defaults", "is_secret", "known_keys", "nodes_at", "schema_of"]


def schema_of(config: type[BaseModel] | Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the JSON Schema of a pydantic model, or the schema that was given."""
    if isinstance(config, type):
        schema: Mapping[str, Any] = config.model_json_schema()
        return schema
    return config


def _branches(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give a schema and everything it refers to or combines; local references only."""
    yield schema
    reference = schema.get("$ref", "")
    if isinstance(reference, str) and reference.startswith("#/"):
        target: Any = root
        for part in reference[2:].split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        yield from _branches(target, root)
    for word in ("anyOf", "oneOf", "allOf"):
        for branch in schema.get(word, ()):
            yield from _branches(branch, root)


def nodes_at(nodes: list[Mapping[str, Any]], key: str, root: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the schemas that the value under `key` may have; empty when there is no such key."""
    import re

    found: list[Mapping[str, Any]] = []
    for node in nodes:
        if key in node.get("properties", {}):
            found.extend(_branches(node["properties"][key], root))
            continue
        matching = [s for pattern, s in node.get("patternProperties", {}).items() if re.search(pattern, key)]
        more = node.get("additionalProperties", False)
        candidates = matching or ([{} if more is True else more] if more is not False else [])
        for candidate in candidates:
            found.extend(_branches(candidate, root))
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


def types_of(nodes: list[Mapping[str, Any]]) -> set[str]:
    """Return the JSON types that the schemas allow; empty when they do not say."""
    found: set[str] = set()
    for node in nodes:
        kind = node.get("type", ())
        found |= {kind} if isinstance(kind, str) else set(kind)
    return found


def coerce(text: str, nodes: list[Mapping[str, Any]], pointer: str, place: str) -> Any:
    """Read a text from a flag or the environment as the type that its schema asks for.

    Raises ConfigError naming the path, where the text stands and what was expected.
    """
    types = types_of(nodes)
    if not types or types == {"string"}:
        return text
    try:
        value = json.loads(text)
    except ValueError:
        value = {"True": True, "False": False, "yes": True, "no": False}.get(text, text)
    if _fits(value, types):
        return value
    if "string" in types:
        return text
    raise ConfigError(
        f"{pointer}: {text!r} from {place} is not {' or '.join(sorted(types - {'null'}))}", subject=pointer
    )


def _fits(value: Any, types: set[str]) -> bool:
    kinds = {
        bool: {"boolean"},
        int: {"integer", "number"},
        float: {"number"},
        str: {"string"},
        list: {"array"},
        dict: {"object"},
        type(None): {"null"},
    }
    return bool(kinds[type(value)] & types)


def defaults(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the default values that a schema declares, at every depth."""
    return _defaults(schema, schema)


def _defaults(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, child in schema.get("properties", {}).items():
        if "default" in child:
            found[key] = child["default"]
            continue
        for node in _branches(child, root):
            inner = _defaults(node, root)
            if inner:
                found[key] = inner
                break
    return found
