"""What stands at the roots of a document: objects; a text of the environment is read, everything else is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto.config.texts import coerce
from geppetto.errors import ConfigError

if TYPE_CHECKING:
    from geppetto.config.document import Document

__all__ = ["rooted"]

#: root -> the JSON types that it may have
_TYPES = {
    **dict.fromkeys(("settings", "inference", "middlewares", "extensions"), ("object",)),
    "tools": ("object", "array"),
}


def rooted(document: Document) -> Document:
    """Return a document whose roots are what they should be; raise ConfigError, with the place, for one that is not."""
    values = {name: _read(document, name, value) for name, value in document.values.items()}
    return replace(document, values=values)


def _read(document: Document, name: str, value: Any) -> Any:
    types = _TYPES.get(name)
    if types is None or value is None:
        return value
    pointer, place = f"/{name}", document.place(name)
    if document.text and isinstance(value, str):
        return coerce(value, [{"type": list(types)}], pointer, place)
    if isinstance(value, dict) or ("array" in types and isinstance(value, (list, tuple))):
        return value
    wanted = " or a list" if "array" in types else ""
    raise ConfigError(
        f"{pointer}: expected an object{wanted}, got {type(value).__name__} (from {place})", subject=pointer
    )
