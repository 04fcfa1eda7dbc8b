"""The one resolver: sources in layers become one value, and every path keeps its history.

Pure: it reads no file, no environment and no clock. Objects merge by key, everything else replaces; an explicit null
is a value.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geppetto.config import pointer as pointers
from geppetto.config import secrets
from geppetto.config.reading import steps
from geppetto.config.schema import defaults, schema_of
from geppetto.config.shape import Shape
from geppetto.config.source import Layer, Source, Step
from geppetto.config.validation import validated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

__all__ = ["Resolved", "resolve"]


@dataclass(slots=True, frozen=True)
class Resolved:
    """The merged value, and for each JSON pointer the steps that led to it, the winner last."""

    value: dict[str, Any] = field(repr=False)
    history: Mapping[str, tuple[Step, ...]] = field(repr=False)
    subject: str = ""

    def winner(self, pointer: str) -> Step | None:
        """Return the step whose value stands at a path."""
        steps = self.history.get(pointer, ())
        return steps[-1] if steps else None

    def nearest(self, pointer: str) -> Step | None:
        """Return the step that is to blame for a path: its own, else one inside it, else one around it."""
        inside = (found for found in self.history if found.startswith(pointer.rstrip("/") + "/"))
        for found in (pointer, next(inside, ""), *pointers.above(pointer)):
            if found in self.history and pointer != "/":
                return self.history[found][-1]
        return None

    def trace(self) -> dict[str, list[dict[str, Any]]]:
        """Return every path with its steps as JSON, secrets hidden."""
        return {
            pointer: [step.to_json() for step in steps] for pointer, steps in sorted(self.history.items())
        }


def resolve(
    config: type[BaseModel] | Mapping[str, Any], sources: Iterable[Source], *, subject: str = ""
) -> tuple[Resolved, Any]:
    """Merge sources by layer and validate the result; return it with what `build` takes.

    That is an instance for a pydantic model, a plain dict for a JSON Schema. Raises ConfigError with the path, the
    source, its file and line, and the nearest known key for one that does not exist.
    """
    schema, sources = schema_of(config), list(sources)
    shape = Shape.of(schema)
    found = defaults(schema, [source.values for source in sources]) if shape.names_defaults else {}
    base = Source("schema", Layer.SCHEMA_DEFAULTS, found)
    history: dict[str, list[Step]] = {}
    merged: dict[str, Any] = {}
    for source in sorted([base, *sources], key=lambda s: s.layer):
        for path, pointer, step in steps(source, shape, subject):
            if _put(merged, pointer, path, step.value, history):
                history.setdefault(pointer, []).append(step)
    resolved = Resolved(merged, {pointer: tuple(found) for pointer, found in history.items()}, subject)
    return resolved, validated(config, shape, resolved)


def _put(
    target: dict[str, Any],
    pointer: str,
    path: tuple[str, ...],
    value: Any,
    history: dict[str, list[Step]],
) -> bool:
    """Set a value; False when it is an empty object, which adds nothing to an object with content.

    Paths whose value goes with what is replaced, around this one or inside it, lose their history.
    """
    last = path[-1]
    for part in path[:-1]:
        inner = target.get(part)
        if not isinstance(inner, dict) or not inner:
            for around in pointers.above(pointer):
                history.pop(around, None)
        if not isinstance(inner, dict):
            inner = target[part] = {}
        target = inner
    there = target.get(last)
    if isinstance(there, dict) and there:
        if value == {}:
            return False
        for covered in [known for known in history if known.startswith(f"{pointer}/")]:
            del history[covered]
    target[last] = secrets.copied(value) if isinstance(value, (dict, list)) else value
    return True
