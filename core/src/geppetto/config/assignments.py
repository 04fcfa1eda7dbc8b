"""`path=value` as people type it: `--set temperature=0.2`, `--set extra.user=me`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.config import pointer as pointers
from geppetto.errors import InvalidOption

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["read_assignments"]


def read_assignments(assignments: Iterable[str], *, option: str = "--set") -> dict[str, Any]:
    """Return the nested values of `path=value` texts; values stay texts, for the resolver to coerce.

    A path that begins with `/` is a JSON pointer, for keys that have a dot in them. Raises InvalidOption for a text without `=`, an empty path part, or a path inside a value, in either order.
    """
    values: dict[str, Any] = {}
    for text in assignments:
        path, equals, value = text.partition("=")
        parts = pointers.parts(path) if path.startswith("/") else [part.strip() for part in path.split(".")]
        if not equals or not all(parts):
            raise InvalidOption(
                f"{option} {path!r} is not path=value", subject=option, next_step=f"{option} temperature=0.2"
            )
        target = values
        for part in parts[:-1]:
            inner = target.setdefault(part, {})
            if not isinstance(inner, dict):
                raise InvalidOption(f"{option} {path}: '{part}' is a value already", subject=path)
            target = inner
        if isinstance(target.get(parts[-1]), dict):
            raise InvalidOption(f"{option} {path}: there are values inside it already", subject=path)
        target[parts[-1]] = value
    return values
