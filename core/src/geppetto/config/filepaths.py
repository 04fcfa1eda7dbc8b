"""Paths of files in documents: a relative one counts from the folder of the document, not from where the program runs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto.config.schema import is_path, schema_of
from geppetto.config.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel

    from geppetto.config.source import Source

__all__ = ["anchored"]


def anchored(source: Source, config: type[BaseModel] | Mapping[str, Any]) -> Source:
    """Return a source of a file with the paths in it made absolute; any other source as it is.

    What is a path is said by the schema: a text with `format: path`.
    """
    if not source.file or not source.values:
        return source
    folder = Path(source.file).expanduser().absolute().parent.resolve()
    values = _anchored(source.values, Shape.of(schema_of(config)), folder)
    return source if values == source.values else replace(source, values=values)


def _anchored(value: Any, shape: Shape | None, folder: Path) -> Any:
    if shape is None:
        return value
    if isinstance(value, str):
        # `~` stays as it is: whoever opens the file knows whose home is meant
        return str(folder / value) if value and is_path(shape.nodes) and value[0] != "~" else value
    if isinstance(value, dict):
        return {key: _anchored(item, shape.key(key), folder) for key, item in value.items()}
    if isinstance(value, list):
        return [_anchored(item, shape.item(index), folder) for index, item in enumerate(value)]
    return value
