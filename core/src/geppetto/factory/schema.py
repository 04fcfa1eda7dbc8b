"""JSON Schemas for people and editors: of middlewares, of extensions, of a whole configuration file."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geppetto.config import schema_of
from geppetto.engine.inference import InferenceConfig
from geppetto.errors import UsageError
from geppetto.factory.toolspart import TOOLS
from geppetto.plugins.kinds import Kind
from geppetto.turns import thaw

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geppetto.middleware.definition import MiddlewareDefinition
    from geppetto.plugins.offered import Offered

__all__ = ["config_schema", "list_extensions", "list_middlewares", "typed_key"]


def list_middlewares(offered: Offered) -> list[dict[str, Any]]:
    """Return a row for each middleware: name, version, display_name, description, schema; imports their plugins.

    Raises UsageError (MIDDLEWARE_DEFINITION_REGISTRY_NOT_CONFIGURED) for a host that was made without any.
    """
    offered.check(Kind.MIDDLEWARE)
    return [_row(definition) for definition in _definitions(offered)]


def list_extensions(offered: Offered) -> list[dict[str, Any]]:
    """Return a row for each extension key: key, display_name, description, schema.

    The application's own schemas win over those of middlewares (`middleware.<name>_config@v1`) and of codecs. Raises
    UsageError (EXTENSION_SCHEMA_PROVIDER_NOT_CONFIGURED) where none of the three was given.
    """
    rows = {key: _extension(key, schema) for key, schema in offered.schemas.items()}
    if offered.names(Kind.MIDDLEWARE):
        for definition in _definitions(offered):
            key = typed_key(definition.name)
            title = f"{definition.display_name or definition.name}: config of each use"
            rows.setdefault(key, _extension(key, _wrapper(definition), title))
    for key in offered.names(Kind.CODEC):
        codec = offered.get(Kind.CODEC, key)
        rows.setdefault(key, _extension(key, codec.schema, codec.display_name, codec.description))
    if not rows:
        raise UsageError(
            "this needs an extension schema provider: the host was made without one",
            code="EXTENSION_SCHEMA_PROVIDER_NOT_CONFIGURED",
            subject="extensions",
            next_step="give Host(...) extension_codecs or extension_schemas",
        )
    return [rows[key] for key in sorted(rows)]


def typed_key(middleware: str) -> str:
    """Return the extension key under which a profile may hold the configs of a middleware's uses."""
    return f"middleware.{middleware.lower()}_config@v1"


def config_schema(offered: Offered, engines: Iterable[str] = ()) -> dict[str, Any]:
    """Return the JSON Schema of geppetto.yaml, with the settings of these engines, all installed ones by default."""
    names = list(engines) or offered.names(Kind.ENGINE)
    document: dict[str, Any] = {
        "type": "object",
        "properties": {
            "engine": {"type": "string", "enum": names, "description": "Which engine answers."},
            "settings": {"type": "object", "description": "Settings of the engine."},
            "inference": dict(InferenceConfig.schema()),
            "system_prompt": {"type": ["string", "null"]},
            "tools": {"anyOf": [TOOLS["properties"]["names"], TOOLS]},
            "middlewares": {"type": "object", "properties": _middlewares(offered)},
            "extensions": {
                "type": "object",
                "properties": {row["key"]: row["schema"] for row in _extensions(offered)},
            },
        },
        "additionalProperties": False,
        "allOf": _settings(offered, names),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "geppetto.yaml",
        "type": "object",
        "properties": {
            "defaults": {
                "$ref": "#/$defs/document",
                "description": "Below profiles: a profile goes before it.",
            },
            "overrides": {
                "$ref": "#/$defs/document",
                "description": "Above profiles: it goes before a profile.",
            },
        },
        "additionalProperties": False,
        "$defs": {"document": document},
    }


def _settings(offered: Offered, engines: Iterable[str]) -> list[dict[str, Any]]:
    """Return a condition for each schema of settings: hosts that speak the same protocol share one."""
    groups: dict[str, list[str]] = {}
    for name in engines:
        schema = _bundled(schema_of(offered.get(Kind.ENGINE, name).settings()))
        groups.setdefault(json.dumps(schema, sort_keys=True), []).append(name)
    return [
        {
            "if": {"properties": {"engine": {"enum": names}}, "required": ["engine"]},
            "then": {"properties": {"settings": json.loads(text)}},
        }
        for text, names in groups.items()
    ]


def _middlewares(offered: Offered) -> dict[str, Any]:
    return {definition.name: _bundled(schema_of(definition.config())) for definition in _definitions(offered)}


def _extensions(offered: Offered) -> list[dict[str, Any]]:
    try:
        return list_extensions(offered)
    except UsageError:
        return []


def _bundled(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return a schema that can stand inside another one: a file says only some of the keys, the rest are elsewhere."""
    found = {key: value for key, value in thaw(dict(schema)).items() if key not in {"required", "$schema"}}
    # its own `$defs` are reached from an `$id` of its own
    return {**found, "$id": f"urn:geppetto:{found.get('title', 'object')}"} if "$defs" in found else found


def _definitions(offered: Offered) -> list[MiddlewareDefinition]:
    found: dict[str, MiddlewareDefinition] = {}
    for name in offered.names(Kind.MIDDLEWARE):
        definition = offered.get(Kind.MIDDLEWARE, name)
        found.setdefault(definition.name, definition)
    return [found[name] for name in sorted(found)]


def _row(definition: MiddlewareDefinition) -> dict[str, Any]:
    return {
        "name": definition.name,
        "version": definition.version,
        "display_name": definition.display_name,
        "description": definition.description,
        "schema": thaw(dict(schema_of(definition.config()))),
    }


def _wrapper(definition: MiddlewareDefinition) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "instances": {
                "type": "object",
                "description": "By `id:<id>`, `index:<position>` or `default`.",
                "additionalProperties": thaw(dict(schema_of(definition.config()))),
            }
        },
        "additionalProperties": False,
    }


def _extension(
    key: str, schema: Mapping[str, Any], display_name: str = "", description: str = ""
) -> dict[str, Any]:
    return {
        "key": key,
        "display_name": display_name,
        "description": description,
        "schema": thaw(dict(schema)),
    }
