"""Which JSON Schemas OpenAI accepts as strict: the rules that its structured output states."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["is_strict"]

_REFUSED = frozenset({"oneOf", "allOf", "not", "if", "then", "else", "patternProperties"})
_MANY = ("properties", "$defs", "definitions")


def is_strict(schema: Mapping[str, Any]) -> bool:
    """Say whether a schema may be sent with `strict: true`."""
    return schema.get("type") == "object" and "anyOf" not in schema and _fits(schema)


def _fits(schema: Any) -> bool:
    if not isinstance(schema, dict) or _REFUSED & schema.keys():
        return False
    return _closed(schema) and all(_fits(inner) for inner in _inner(schema))


def _closed(schema: Mapping[str, Any]) -> bool:
    kind = schema.get("type")
    if kind != "object" and not (isinstance(kind, list) and "object" in kind) and "properties" not in schema:
        return True
    required = set(schema.get("required") or ())
    return schema.get("additionalProperties") is False and required == set(schema.get("properties") or ())


def _inner(schema: Mapping[str, Any]) -> Iterator[Any]:
    for name in _MANY:
        yield from (schema.get(name) or {}).values()
    yield from schema.get("anyOf") or ()
    if "items" in schema:
        yield schema["items"]
