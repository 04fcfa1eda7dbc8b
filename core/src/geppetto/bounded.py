"""Engines, middlewares and embedders for somebody who may not do everything: within reach, and no code by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.config.schema import is_path, schema_of
from geppetto.config.shape import Shape
from geppetto.contributions import Contributions
from geppetto.plugins.kinds import Kind
from geppetto.reach import out_of_reach

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractAsyncContextManager

    from geppetto.config import Source
    from geppetto.embedding.model import Embedder
    from geppetto.engine.contract import Engine, EngineFactory
    from geppetto.engine.deps import Deps
    from geppetto.identity import Identities
    from geppetto.middleware.chain import MiddlewareUse
    from geppetto.middleware.definition import MiddlewareDefinition
    from geppetto.plugins.offered import Offered
    from geppetto.reach import Reach
    from geppetto.tooling.registry import ToolRegistry

__all__ = ["BoundedContributions"]


class BoundedContributions(Contributions):
    """Build what stays within reach, out of settings that somebody else wrote."""

    def __init__(
        self, registry: Offered, deps: Deps, reach: Reach, identities: Identities | None = None
    ) -> None:
        super().__init__(registry, deps, identities)
        self._reach = reach

    def built_engine(self, name: str, settings: Any) -> Engine:
        """Build an engine; raise UsageError (OUT_OF_REACH) for one that runs code, or uses files that are not granted."""
        factory: EngineFactory = self._registry.get(Kind.ENGINE, name)
        if factory.runs_code:
            raise out_of_reach(f"engine {name} runs code of the host, which is not granted", name)
        self._check(settings, factory.settings(), f"engine {name}")
        return super().built_engine(name, settings)

    def built_middleware(self, definition: MiddlewareDefinition, config: Any) -> MiddlewareUse:
        """Build a middleware; raise UsageError (OUT_OF_REACH) for one that uses files that are not granted."""
        self._check(config, definition.config(), f"middleware {definition.name}")
        return super().built_middleware(definition, config)

    def embedder(self, name: str, sources: Iterable[Source]) -> Embedder:
        """Build an embedder; raise UsageError (OUT_OF_REACH) for one that uses files that are not granted."""
        given = list(sources)
        self._check_all(given, self._registry.get(Kind.EMBEDDER, name).settings(), f"embedder {name}")
        return super().embedder(name, given)

    def tool_source(self, name: str, sources: Iterable[Source]) -> AbstractAsyncContextManager[ToolRegistry]:
        """Open a source of tools; raise UsageError (OUT_OF_REACH) for one that uses files that are not granted."""
        given = list(sources)
        self._check_all(given, self._registry.get(Kind.TOOL_SOURCE, name).config(), f"tool source {name}")
        return super().tool_source(name, given)

    def _check_all(self, sources: Iterable[Source], model: Any, subject: str) -> None:
        for source in sources:
            self._check(dict(source.values), model, subject)

    def _check(self, settings: Any, model: Any, subject: str) -> None:
        values = settings.model_dump(mode="json") if hasattr(settings, "model_dump") else settings
        for path in _paths(values, Shape.of(schema_of(model))):
            self._reach.check_read(path, subject)


def _paths(value: Any, shape: Shape | None) -> Iterator[str]:
    """Give the paths of files in settings: what is one is said by the schema (`format: path`)."""
    if shape is None:
        return
    if isinstance(value, str):
        if value and is_path(shape.nodes):
            yield value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _paths(item, shape.key(key))
    elif isinstance(value, (list, tuple)):
        for index, item in enumerate(value):
            yield from _paths(item, shape.item(index))
