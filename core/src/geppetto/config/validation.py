"""The end of a resolution: a pydantic model or a JSON Schema judges the merged value, and misfits name their source."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.config import secrets
from geppetto.config.pointer import join
from geppetto.config.texts import types_of
from geppetto.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

    from geppetto.config.resolver import Resolved
    from geppetto.config.shape import Shape

__all__ = ["validated"]

_SAYS_NOTHING = {
    "type",
    "properties",
    "additionalProperties",
    "title",
    "description",
    "$defs",
    "$schema",
    "$id",
}
_NAMES_ONLY = {"required", "dependentRequired", "additionalProperties"}


def validated(config: type[BaseModel] | Mapping[str, Any], shape: Shape, resolved: Resolved) -> Any:
    """Return an instance for a pydantic model, a plain dict for a JSON Schema; raise ConfigError for a misfit."""
    if isinstance(config, type):
        return _instance(config, shape, resolved)
    if resolved.value or shape.root.keys() - _SAYS_NOTHING:  # so that no settings cost no import
        rows = [
            (tuple(error.absolute_path), _message(error, resolved)) for error in _misfits(shape, resolved)
        ]
        if rows:
            raise _misfit(rows, shape, resolved)
    return secrets.copied(resolved.value)


def _instance(config: type[BaseModel], shape: Shape, resolved: Resolved) -> BaseModel:
    from pydantic import ValidationError

    try:
        return config.model_validate(secrets.revealed(resolved.value))
    except ValidationError as error:
        rows = [
            (tuple(_place(row, resolved.value)), secrets.scrubbed(row["msg"], resolved.value))
            for row in error.errors(include_input=False, include_url=False)
        ]
    raise _misfit(
        list(dict.fromkeys(rows)), shape, resolved
    )  # outside, so that the input does not hang on it


def _misfits(shape: Shape, resolved: Resolved) -> list[Any]:
    """Return what the schema says against the value."""
    try:
        found = shape.judge.errors(secrets.revealed(resolved.value))
    except Exception as error:
        raise ConfigError(
            f"{resolved.subject or 'configuration'}: its JSON Schema cannot be used: "
            + secrets.scrubbed(str(error).split("\n", 1)[0], resolved.value),
            code="SCHEMA_INVALID",
            subject=resolved.subject,
        ) from None
    return sorted(found, key=lambda error: [str(part) for part in error.absolute_path])


def _message(error: Any, resolved: Resolved) -> str:
    at: Any = resolved.value
    for part in error.absolute_path:
        at = at[part]
    if not any(secrets.found_in(at)) or error.validator in _NAMES_ONLY:
        return str(error.message)
    return f"the {'object' if isinstance(at, dict) else 'secret'} does not fit its schema ({error.validator})"


def _pointer(path: Iterable[Any]) -> str:
    pointer = ""
    for part in path:
        pointer = join(pointer, part)
    return pointer or "/"


def _place(row: Any, value: Any) -> list[Any]:
    """Return the part of a pydantic location that is in the value: unions put names of their own into it."""
    place: list[Any] = []
    for index, part in enumerate(row["loc"], 1):
        absent = row["type"] == "missing" and index == len(row["loc"])
        if isinstance(value, dict) and (part in value or absent):
            value = value.get(part)
        elif isinstance(value, list) and isinstance(part, int) and part < len(value):
            value = value[part]
        else:
            continue
        place.append(part)
    return place


def _misfit(rows: list[tuple[tuple[Any, ...], str]], shape: Shape, resolved: Resolved) -> ConfigError:
    texts, problems = [], []
    for path, message in rows:
        pointer = _pointer(path)
        step = resolved.nearest(pointer)
        texts.append(f"{pointer}: {message}" + (f" (from {step.place})" if step else ""))
        problems.append({"path": pointer, "message": message, "type": _type(path, shape)})
    subject = f"{resolved.subject}: " if resolved.subject else ""
    return ConfigError(
        subject + "; ".join(texts), subject=_pointer(rows[0][0]), details={"problems": problems}
    )


def _type(path: tuple[Any, ...], shape: Shape) -> str:
    """Return the JSON types that the schema has at a path; empty where it says none."""
    found: Shape | None = shape
    for part in path:
        found = found and (found.item(part) if isinstance(part, int) else found.key(str(part)))
    return " or ".join(sorted(types_of(found.nodes))) if found else ""
