"""Judges of values by JSON Schema 2020-12: `jsonschema` says what is wrong; `jsonschema-rs`, where it is, that nothing is.

The faster one is asked first and believed only when it finds nothing, so messages are the same with it and without it. It
is not asked about schemas with `pattern` or `multipleOf`: its regular expressions and its fractions are not Python's.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Judge"]

_NOT_FOR_IT = ('"pattern', '"multipleOf"')


class Judge:
    """One schema for JSON data, compiled when it is first needed; references lead to no other document."""

    __slots__ = ("_full", "_quick", "schema")

    def __init__(self, schema: Mapping[str, Any], *, quick: bool = True) -> None:
        self.schema = dict(schema)
        self._quick: Any = _quick(self.schema) if quick else None
        self._full: Any = None

    def problem(self) -> str:
        """Say what is wrong with the schema itself; empty for a good one."""
        from jsonschema import Draft202012Validator, SchemaError

        try:
            Draft202012Validator.check_schema(self.schema)
        except SchemaError as error:
            return str(error.message)
        return ""

    def errors(self, value: Any) -> list[Any]:
        """Return the errors of jsonschema; raise what it raises for a schema that cannot be used."""
        if self._quick is not None and self._accepts(value):
            return []
        return list(self._compiled().iter_errors(value))

    def _accepts(self, value: Any) -> bool:
        try:
            return bool(self._quick.is_valid(value))
        except (ValueError, TypeError):  # a value or nesting that it does not take
            return False

    def _compiled(self) -> Any:
        if self._full is None:
            from jsonschema import Draft202012Validator
            from referencing import Registry

            # a registry of its own: without one, jsonschema fetches a remote `$ref`, past the outbound guard
            registry: Registry[Any] = Registry()
            self._full = Draft202012Validator(self.schema, registry=registry)
        return self._full


def _quick(schema: dict[str, Any]) -> Any:
    """Return the faster judge, None where it is not installed or does not take the schema."""
    try:
        import jsonschema_rs
    except ImportError:
        return None
    try:
        text = json.dumps(schema)
        if any(word in text for word in _NOT_FOR_IT):
            return None
        return jsonschema_rs.Draft202012Validator(schema, offline=True)
    except (ValueError, TypeError, jsonschema_rs.ReferencingError):
        return None  # the other one says what is wrong with it
