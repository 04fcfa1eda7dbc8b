"""The part of JSON Schema that this API takes for a reply (docs.anthropic.com, "Structured outputs", limitations)."""

from __future__ import annotations

from typing import Any

__all__ = ["closed_schema"]

#: what only narrows a value; it is checked when the reply has come
_NARROWING = frozenset({
    "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "maxItems",
    "uniqueItems", "minProperties", "maxProperties", "$schema", "$id", "examples",
})  # fmt: skip
_UNKNOWN = frozenset({
    "oneOf", "not", "if", "then", "else", "patternProperties", "propertyNames", "contains", "dependentRequired",
    "dependentSchemas", "unevaluatedProperties", "prefixItems",
})  # fmt: skip


def closed_schema(schema: Any) -> dict[str, Any] | None:
    """Return a schema that the API takes and whose replies all fit `schema`; None where there is no such schema."""
    found = _closed(schema)
    return (
        found
        if isinstance(found, dict) and found.get("type") == "object" and not _recursive(schema)
        else None
    )


def _closed(node: Any) -> Any:
    """Return a node without what only narrows, its objects closed; None for what the API does not know."""
    if isinstance(node, list):
        items = [_closed(item) for item in node]
        return None if None in items else items
    if not isinstance(node, dict):
        return node
    if _UNKNOWN & node.keys() or isinstance(node.get("additionalProperties"), dict):
        return None
    found: dict[str, Any] = {}
    for name, value in node.items():
        if name in _NARROWING or (name == "minItems" and value not in (0, 1)):
            continue
        found[name] = (
            _closed_many(value) if name in {"properties", "$defs", "definitions"} else _inner(name, value)
        )
        if found[name] is None and value is not None:
            return None
    if found.get("type") == "object" or "properties" in found:
        if node.get("additionalProperties") and "properties" not in found:
            return None
        found["additionalProperties"] = False
    return found


def _inner(name: str, value: Any) -> Any:
    return _closed(value) if name in {"items", "anyOf", "allOf"} else value


def _closed_many(nodes: dict[str, Any]) -> Any:
    found = {name: _closed(node) for name, node in nodes.items()}
    return None if None in found.values() else found


def _recursive(schema: Any) -> bool:
    """Say whether a definition refers to itself, by whatever way."""
    definitions = {**schema.get("$defs", {}), **schema.get("definitions", {})}

    def visits(node: Any, path: frozenset[str]) -> bool:
        if isinstance(node, list):
            return any(visits(item, path) for item in node)
        if not isinstance(node, dict):
            return False
        name = str(node.get("$ref", "")).rpartition("/")[2]
        if node.get("$ref") == "#" or name in path:
            return True
        inside = visits(definitions[name], path | {name}) if name in definitions else False
        return inside or any(
            visits(value, path) for key, value in node.items() if key not in {"$defs", "definitions"}
        )

    return visits(schema, frozenset())
