"""Uses of middlewares before they are built: which, in which order, configured by whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from geppetto.config import Source, resolve
from geppetto.config.filepaths import anchored
from geppetto.errors import ConfigError, GeppettoError, nearest
from geppetto.plugins.kinds import Kind, spelling

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from geppetto.config import Resolved
    from geppetto.config.document import Document
    from geppetto.middleware.definition import MiddlewareDefinition

__all__ = ["PlannedUse", "Use", "labels", "resolve_uses"]


@dataclass(slots=True, frozen=True)
class Use:
    """One use of a middleware as it is listed; `sources` are what its own entry says about its config."""

    name: str
    id: str = ""
    enabled: bool = True
    sources: tuple[Source, ...] = ()
    origin: str = ""


@dataclass(slots=True, frozen=True)
class PlannedUse:
    """One use with its config resolved; without a definition where it is disabled and not installed."""

    label: str
    use: Use
    definition: MiddlewareDefinition | None = None
    resolved: Resolved | None = field(default=None, repr=False)
    config: Any = field(default=None, repr=False)


def labels(uses: Sequence[Use]) -> list[str]:
    """Return how messages and patches call each use: `name#id`, `name`, or `name[1]` for the second without an id."""
    found: list[str] = []
    seen: Counter[str] = Counter()
    for use in uses:
        if use.id:
            found.append(f"{use.name}#{use.id}")
            continue
        count = seen[spelling(use.name)]
        seen[spelling(use.name)] += 1
        found.append(f"{use.name}[{count}]" if count else use.name)
    return found


def resolve_uses(
    uses: Sequence[Use], documents: Iterable[Document], definitions: Any
) -> tuple[PlannedUse, ...]:
    """Return the uses with their configs resolved: their own entry, then what the documents say by label or name.

    Raises NotFound for a middleware that is not installed and takes part, and ConfigError with middleware, path, source
    and schema type for a config that does not fit.
    """
    documents = list(documents)
    known = labels(uses)
    _check_labels(documents, known, uses, definitions)
    return tuple(_planned(use, label, documents, definitions) for use, label in zip(uses, known, strict=True))


def _planned(use: Use, label: str, documents: Sequence[Document], definitions: Any) -> PlannedUse:
    if not use.enabled and not _is_installed(definitions, use.name):
        return PlannedUse(label, use)
    definition: MiddlewareDefinition = definitions.get(Kind.MIDDLEWARE, use.name)
    if spelling(definition.name) != spelling(use.name.rpartition("/")[2]):
        raise ConfigError(
            f'middleware use name "{use.name}" does not match definition "{definition.name}"',
            subject=use.name,
        )
    declared = definition.config()
    said = [anchored(source, declared) for source in (*use.sources, *_said(documents, use, label))]
    try:
        resolved, config = resolve(
            declared, sorted(said, key=lambda source: source.layer), subject=f"middleware {label}"
        )
    except GeppettoError as error:
        error.details.setdefault("middleware", label)
        raise
    return PlannedUse(label, use, definition, resolved, config)


def _said(documents: Iterable[Document], use: Use, label: str) -> list[Source]:
    """Return what documents say about a use: by its name for all uses of it, by its label for the one."""
    own = {spelling(use.name), spelling(label)}
    return [
        document.part("middlewares", key)
        for document in documents
        for key in _configured(document)
        if spelling(key) in own
    ]


def _configured(document: Document) -> Mapping[str, Any]:
    values = document.values.get("middlewares")
    return values if isinstance(values, dict) else {}


def _check_labels(
    documents: Sequence[Document], known: Sequence[str], uses: Sequence[Use], definitions: Any
) -> None:
    """Raise ConfigError for a config of a middleware that neither takes part nor is installed."""
    taken = {spelling(name) for name in (*known, *(use.name for use in uses))}
    for document in documents:
        for key in _configured(document):
            name = key.partition("#")[0]
            if spelling(key) in taken or (name == key and _is_installed(definitions, name)):
                continue
            names = sorted({*known, *definitions.names(Kind.MIDDLEWARE)})
            guess = nearest(key, names)
            raise ConfigError(
                f"/middlewares/{key}: there is no such middleware (from {document.place('middlewares', key)})",
                code="MIDDLEWARE_NOT_FOUND",
                subject=f"/middlewares/{key}",
                next_step=f"did you mean {guess}?" if guess else f"known: {', '.join(names)}",
            )


def _is_installed(definitions: Any, name: str) -> bool:
    bare = spelling(name.rpartition("/")[2])
    return any(spelling(known) == bare for known in definitions.names(Kind.MIDDLEWARE))
