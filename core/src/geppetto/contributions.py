"""From a name to the thing: engines, middlewares and tools of installed plugins, built with resolved settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.config import Layer, Source, resolve
from geppetto.engine.contract import Engine, EngineFactory
from geppetto.errors import EngineError, GeppettoError, InvalidOption, MiddlewareError
from geppetto.inference.builder import EngineHandle
from geppetto.middleware.chain import MiddlewareUse, bind
from geppetto.plugins.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geppetto.engine.deps import Deps
    from geppetto.middleware.definition import MiddlewareDefinition
    from geppetto.plugins.registry import PluginRegistry
    from geppetto.tooling.definition import ToolDefinition

__all__ = ["Contributions"]


class Contributions:
    """Build what a registry offers; `deps` is what each build gets."""

    def __init__(self, registry: PluginRegistry, deps: Deps) -> None:
        self._registry = registry
        self._deps = deps

    def engine(self, name: str, sources: Iterable[Source]) -> Engine:
        """Build an engine by name from its settings; raises NotFound, PluginError or ConfigError."""
        factory: EngineFactory = self._registry.get(Kind.ENGINE, name)
        _, settings = resolve(factory.settings(), sources, subject=f"engine {name}")
        try:
            return factory.build(settings, self._deps)
        except GeppettoError:
            raise
        except Exception as error:
            raise EngineError(
                f"engine {name} cannot be built: {type(error).__name__}: {error}",
                code="ENGINE_BUILD_FAILED",
                phase="configure",
                subject=name,
            ) from error

    def engine_of(self, engine: Any, settings: Mapping[str, Any]) -> tuple[str, Engine]:
        """Read an engine given as an object or by name; return its name and the object."""
        if isinstance(engine, str):
            return engine, self.engine(engine, [Source("code", Layer.REQUEST, settings)])
        if isinstance(engine, EngineHandle):
            return engine.provider, engine.spec.engine
        if not isinstance(engine, Engine):
            raise InvalidOption(
                f"expected an engine or the name of one, got {type(engine).__name__}",
                subject="engine",
                next_step="pass an object with `async def run_inference(ctx, turn)`; call build() on a builder first",
            )
        if settings:
            raise InvalidOption(
                "settings go to an engine that is given by name", subject=next(iter(settings))
            )
        return getattr(engine, "name", "") or type(engine).__name__, engine

    def middleware(self, name: str, sources: Iterable[Source]) -> MiddlewareUse:
        """Build one use of a middleware by name; raises NotFound, PluginError or ConfigError."""
        definition: MiddlewareDefinition = self._registry.get(Kind.MIDDLEWARE, name)
        _, config = resolve(definition.config(), sources, subject=f"middleware {name}")
        try:
            return bind(definition.build(self._deps, config), 0, name=definition.name)
        except GeppettoError:
            raise
        except Exception as error:
            raise MiddlewareError(
                f"middleware {name} cannot be built: {type(error).__name__}: {error}",
                code="MIDDLEWARE_BUILD_FAILED",
                phase="configure",
                subject=name,
            ) from error

    def tool(self, name: str) -> ToolDefinition:
        """Return a tool by name; raises NotFound or PluginError."""
        definition: ToolDefinition = self._registry.get(Kind.TOOL, name)
        return definition
