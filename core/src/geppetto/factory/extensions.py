"""The part `/extensions` of a run: payloads under typed keys, checked and decoded by the codec that owns the key.

What nobody has a codec for is kept as it is, so that a profile may carry what other programs read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.config import Source, resolve
from geppetto.config.pointer import join
from geppetto.errors import ConfigError, GeppettoError
from geppetto.plugins.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.config import Resolved
    from geppetto.config.document import Document
    from geppetto.plugins.offered import Offered

__all__ = ["decoded", "resolve_extensions", "schema_for"]

_OPEN: dict[str, Any] = {"type": "object", "additionalProperties": True}


def resolve_extensions(
    offered: Offered, documents: Sequence[Document]
) -> tuple[dict[str, Resolved], dict[str, Any]]:
    """Return the resolved payloads by their root, and what the codecs made of them by key."""
    keys = sorted({key for each in documents for key in (each.values.get("extensions") or {})})
    parts: dict[str, Resolved] = {}
    payloads: dict[str, Any] = {}
    for key in keys:
        resolved, value = _resolved(offered, key, documents)
        parts[join("/extensions", key)] = resolved
        payloads[key] = decoded(offered, key, value)
    return parts, payloads


def _resolved(offered: Offered, key: str, documents: Sequence[Document]) -> tuple[Resolved, Any]:
    """Resolve a payload; one that is no object stands under `/value` while it is, and replaces what is below it."""
    schema, subject = schema_for(offered, key), f"extension {key}"
    said = [each for each in documents if key in (each.values.get("extensions") or {})]
    if all(isinstance(each.values["extensions"][key], dict) for each in said):
        return resolve(schema, [each.part("extensions", key) for each in said], subject=subject)
    last = said[-1]
    source = Source(last.name, last.layer, {"value": last.values["extensions"][key]}, last.file, {})
    inner = schema if schema is not _OPEN else {}
    resolved, found = resolve({"type": "object", "properties": {"value": inner}}, [source], subject=subject)
    return resolved, found["value"]


def schema_for(offered: Offered, key: str) -> Mapping[str, Any]:
    """Return the JSON Schema of a key; one that takes any object for a key of nobody's."""
    if key in offered.schemas:
        return offered.schemas[key]
    return offered.get(Kind.CODEC, key).schema if key in offered.names(Kind.CODEC) else _OPEN


def decoded(offered: Offered, key: str, value: Any) -> Any:
    """Return what the key's codec makes of a payload; raise ConfigError naming the key."""
    if key not in offered.names(Kind.CODEC):
        return value
    try:
        return offered.get(Kind.CODEC, key).decode(value)
    except GeppettoError:
        raise
    except Exception as error:
        raise ConfigError(
            f"profile.extensions[{key}]: decode failed: {type(error).__name__}: {error}",
            code="EXTENSION_INVALID",
            subject=key,
        ) from error
