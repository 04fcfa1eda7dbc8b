"""Names between the two worlds: snake_case here, lowerCamel there; seconds here, milliseconds there."""

from __future__ import annotations

import re
from types import NoneType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

__all__ = ["camel", "camel_keys", "camel_keys_deep", "kind_of", "own_names", "seconds", "snake_keys"]

#: where providers and plugins have their own values inside of ours
_THEIRS = frozenset({"raw", "details"})
#: what scripts call the values that they give instead of objects
_KINDS = {
    str: "a text", dict: "an object", list: "an array", bool: "a boolean", int: "a number", float: "a number", NoneType: "null",
}  # fmt: skip
_UPPER = re.compile(r"(?<!^)([A-Z])")


def _snake(name: str) -> str:
    """Return `maxIterations` as `max_iterations`."""
    return _UPPER.sub(r"_\1", name).lower()


def camel(name: str) -> str:
    """Return `max_iterations` as `maxIterations`."""
    head, *rest = name.split("_")
    return head + "".join(part[:1].upper() + part[1:] for part in rest)


def snake_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with its own keys in snake_case; what is inside keeps its names."""
    return {_snake(name): value for name, value in values.items()}


def camel_keys(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object with its own keys in lowerCamel; what is inside keeps its names."""
    return {camel(name): value for name, value in values.items()}


def camel_keys_deep(value: Any, theirs: Container[str] = ()) -> Any:
    """Return a value whose objects all have lowerCamel keys; what stands under a name of `theirs` keeps its own."""
    if isinstance(value, dict):
        return {
            camel(name): item if name in theirs else camel_keys_deep(item, theirs)
            for name, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [camel_keys_deep(item, theirs) for item in value]
    return value


def own_names(value: Any) -> Any:
    """Return a result, a usage or an error as scripts see it: a provider's own values keep their names."""
    return camel_keys_deep(value, _THEIRS)


def kind_of(value: Any) -> str:
    """Return what a script calls a value that is no object."""
    return _KINDS.get(type(value), "a value")


def seconds(milliseconds: float | None) -> float | None:
    """Return milliseconds as seconds; None and 0 mean no limit."""
    return milliseconds / 1000 if milliseconds else None
