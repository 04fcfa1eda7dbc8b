"""Sources of configuration: who says what, in which layer, and where it is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from geppetto.config import secrets
from geppetto.config.pointer import above

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Layer", "Source", "Step"]


class Layer(IntEnum):
    """The layers, low to high; inside one, sources apply in the order given."""

    SCHEMA_DEFAULTS = 0
    PROFILE = 1
    CONFIG_FILE = 2
    ENVIRONMENT = 3
    FLAGS = 4
    REQUEST = 5

    @property
    def label(self) -> str:
        """The layer's name as people read it."""
        return self.name.lower().replace("_", "-")


@dataclass(slots=True, frozen=True)
class Source:
    """Values of one origin; `text` values are coerced.

    `lines` maps a JSON pointer to its line in `file`, or, without a file, to the name of the variable it is from.
    """

    name: str
    layer: Layer
    values: Mapping[str, Any] = field(repr=False)
    file: str = ""
    lines: Mapping[str, int | str] = field(default_factory=dict)
    text: bool = False

    def place(self, pointer: str) -> str:
        """Say where a value, or the nearest thing around it, stands, for messages."""
        if not self.lines:
            return f"{self.name} ({self.file})" if self.file else self.name
        line = next((self.lines[found] for found in (pointer, *above(pointer)) if found in self.lines), None)
        where = f"{self.file}:{line}" if self.file and line else self.file or line
        return f"{self.name} ({where})" if where else self.name


class Step(NamedTuple):
    """One value of a path's history; secrets stand as Secret, which shows nothing."""

    source: str
    layer: Layer
    raw: Any
    value: Any
    place: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the step for a trace; a secret is named, never shown."""
        shown, raw = secrets.hidden(self.value), secrets.hidden(self.raw)
        found = {"source": self.source, "layer": self.layer.label, "value": shown, "place": self.place}
        # `1` and `True` are equal and not the same
        converted = raw is not None and (raw, type(raw)) != (shown, type(shown))
        return {**found, "raw": raw} if converted else found
