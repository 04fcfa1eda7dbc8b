"""Texts from flags and the environment, read as the values that their schema asks for: they are YAML scalars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.errors import ConfigError, DecodeError
from geppetto.turns import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["coerce", "types_of", "unquoted"]


def types_of(nodes: list[Mapping[str, Any]]) -> set[str]:
    """Return the JSON types that the schemas allow; empty when they do not say."""
    found: set[str] = set()
    for node in nodes:
        kind = node.get("type", ())
        found |= {kind} if isinstance(kind, str) else set(kind)
        if not kind:
            values = [*node.get("enum", ()), *([node["const"]] if "const" in node else [])]
            found |= {_KINDS[type(value)][0] for value in values if type(value) in _KINDS}
    return found


_KINDS: dict[type, tuple[str, ...]] = {
    bool: ("boolean",),
    int: ("integer", "number"),
    float: ("number",),
    str: ("string",),
    list: ("array",),
    dict: ("object",),
    type(None): ("null",),
}
_WORDS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


def coerce(text: str, nodes: list[Mapping[str, Any]], pointer: str, place: str) -> Any:
    """Read a text as the type that its schema asks for; where the schema asks for none, as YAML reads it.

    A text stays one where only texts are allowed. Raises ConfigError naming the path, where the text stands and what was
    expected.
    """
    types = types_of(nodes)
    if types == {"string"}:
        return text
    value = _scalar(text)
    if not types or (not isinstance(value, str) and types & set(_KINDS[type(value)])):
        return value
    if "boolean" in types and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if "string" in types:
        return text
    shown = "the text" if types & {"object", "array"} else repr(text)  # an object may hold a secret
    raise ConfigError(
        f"{pointer}: {shown} from {place} is not {' or '.join(sorted(types - {'null'}))}", subject=pointer
    )


def unquoted(text: str, nodes: list[Mapping[str, Any]]) -> Any:
    """Return the number or switch that a document has as a text, where its schema takes no text; else the text itself."""
    types = types_of(nodes) - {"null"}
    if not types or types - {"integer", "number", "boolean"}:
        return text
    try:
        value = json_text.loads(text)
    except ValueError:
        value = None
    if types & set(_KINDS.get(type(value), ())):
        return value
    return _WORDS.get(text.lower(), text) if "boolean" in types else text


def _scalar(text: str) -> Any:
    """Return what YAML reads: JSON is tried first, for it is fast and has all but the flow style without quotes."""
    try:
        return json_text.loads(text)
    except ValueError:
        pass
    if not text.strip():
        return text  # YAML's null; who means null writes it
    from geppetto.turns import yaml_text

    try:
        return yaml_text.load(text)
    except DecodeError:
        return text
