"""One document per run: engine, settings, inference options, prompt, middlewares, tools and extensions, from any origin."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geppetto.config.pointer import join
from geppetto.config.source import Layer, Source
from geppetto.errors import ConfigError, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["ROOTS", "Document", "check_roots", "engine_of"]

#: the first words of every path
ROOTS = ("engine", "settings", "inference", "system_prompt", "middlewares", "tools", "extensions")


@dataclass(slots=True, frozen=True)
class Document:
    """What one origin says about a run; `lines` and `text` are those of a Source."""

    name: str
    layer: Layer
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    file: str = ""
    lines: Mapping[str, int | str] = field(default_factory=dict)
    text: bool = False

    def part(self, *path: str) -> Source:
        """Return the object that stands at a path as a source of the resolver, empty where there is none."""
        values: Any = self.values
        head = ""
        for name in path:
            values = values.get(name) if isinstance(values, dict) else None
            head = join(head, name)
        inner = {
            pointer.removeprefix(head): line
            for pointer, line in self.lines.items()
            if pointer.startswith(f"{head}/")
        }
        return Source(
            self.name, self.layer, values if isinstance(values, dict) else {}, self.file, inner, self.text
        )

    def place(self, *path: str) -> str:
        """Say where a path stands, with its file and line where they are known."""
        pointer = ""
        for name in path:
            pointer = join(pointer, name)
        return Source(self.name, self.layer, {}, self.file, self.lines).place(pointer)


def engine_of(documents: Iterable[Document]) -> str:
    """Return the engine that the highest layer names, empty where none does."""
    found = ""
    for document in sorted(documents, key=lambda one: one.layer):
        value = document.values.get("engine")
        found = str(value) if value else found
    return found


def check_roots(values: Mapping[str, Any], where: str, code: str = "CONFIG_INVALID") -> None:
    """Raise ConfigError, naming the nearest, for a first word that is none."""
    for name in values:
        if name not in ROOTS:
            guess = nearest(str(name), ROOTS)
            raise ConfigError(
                f"{where}: there is no {name!r}",
                code=code,
                subject=str(name),
                next_step=f"did you mean {guess}?" if guess else f"known: {', '.join(ROOTS)}",
            )
