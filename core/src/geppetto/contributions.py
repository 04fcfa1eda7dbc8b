"""From a name to the thing: engines, middlewares and tools of installed plugins, built with resolved settings."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from geppetto.config import Layer, Source, resolve
from geppetto.engine.contract import Engine, EngineFactory
from geppetto.errors import EngineError, GeppettoError, InvalidOption, MiddlewareError, ToolError
from geppetto.given import TEXT, check, mapping
from geppetto.identity import Identities
from geppetto.inference.builder import EngineHandle, as_registry
from geppetto.middleware.chain import MiddlewareUse, bind
from geppetto.plugins.kinds import Kind
from geppetto.tooling.registry import ToolRegistry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
    from contextlib import AbstractAsyncContextManager

    from geppetto.embedding.model import Embedder, EmbedderFactory
    from geppetto.engine.deps import Deps
    from geppetto.middleware.definition import MiddlewareDefinition
    from geppetto.plugins.offered import Offered
    from geppetto.plugins.registry import PluginRegistry
    from geppetto.tooling.definition import ToolDefinition, ToolSource

__all__ = ["Contributions"]


class Contributions:
    """Build what a registry offers; `deps` is what each build gets, `identities` is told of each engine."""

    def __init__(
        self, registry: PluginRegistry | Offered, deps: Deps, identities: Identities | None = None
    ) -> None:
        self._registry = registry
        self._deps = deps
        self._identities = identities or Identities(registry)

    def engine(self, name: str, sources: Iterable[Source]) -> Engine:
        """Build an engine by name from its settings; raises NotFound, PluginError or ConfigError."""
        check("engine", name, TEXT)
        factory: EngineFactory = self._registry.get(Kind.ENGINE, name)
        with _blamed("engine", name, EngineError):
            _, settings = resolve(factory.settings(), sources, subject=f"engine {name}")
        return self.built_engine(name, settings)

    def built_engine(self, name: str, settings: Any) -> Engine:
        """Build an engine from settings that are resolved already."""
        factory: EngineFactory = self._registry.get(Kind.ENGINE, name)
        with _blamed("engine", name, EngineError):
            engine = factory.build(settings, self._deps)
            if not _is_engine(engine):
                msg = f"build gave {type(engine).__name__}, expected an object with run_inference"
                raise TypeError(msg)
            self._identities.keep(engine, name, settings)
            return engine

    def engine_of(self, engine: Any, settings: Mapping[str, Any]) -> tuple[str, Engine]:
        """Read an engine given as an object or by name; return its name and the object."""
        if isinstance(engine, str):
            return engine, self.engine(engine, [Source("code", Layer.REQUEST, settings)])
        if isinstance(engine, EngineHandle):
            return engine.provider, engine.spec.engine
        if not _is_engine(engine):
            got = f"the class {engine.__name__}" if isinstance(engine, type) else type(engine).__name__
            raise InvalidOption(
                f"expected an engine or the name of one, got {got}",
                subject="engine",
                next_step="pass an object with `async def run_inference(ctx, turn)`; call build() on a builder first",
            )
        if settings:
            raise InvalidOption(
                "settings go to an engine that is given by name", subject=next(iter(settings))
            )
        return getattr(engine, "name", "") or type(engine).__name__, engine

    def embedder(self, name: str, sources: Iterable[Source]) -> Embedder:
        """Build an embedder by name from its settings; raises NotFound, PluginError or ConfigError."""
        factory: EmbedderFactory = self._registry.get(Kind.EMBEDDER, name)
        with _blamed("embedder", name, EngineError):
            _, settings = resolve(factory.settings(), sources, subject=f"embedder {name}")
            return factory.build(settings, self._deps)

    def middleware(self, name: str, sources: Iterable[Source]) -> MiddlewareUse:
        """Build one use of a middleware by name; raises NotFound, PluginError or ConfigError."""
        definition: MiddlewareDefinition = self._registry.get(Kind.MIDDLEWARE, name)
        with _blamed("middleware", name, MiddlewareError):
            _, config = resolve(definition.config(), sources, subject=f"middleware {name}")
        return self.built_middleware(definition, config)

    def built_middleware(self, definition: MiddlewareDefinition, config: Any) -> MiddlewareUse:
        """Build one use of a middleware from a config that is resolved already."""
        with _blamed("middleware", definition.name, MiddlewareError):
            made = definition.build(self._deps, config)
            try:
                return bind(made, 0, name=definition.name)
            except InvalidOption as error:
                raise TypeError(f"build gave what is no middleware: {error}") from error

    def use(self, item: Any, index: int) -> MiddlewareUse:
        """Read one entry of a list of middlewares: an object, a callable, a name, or `(name, config)`."""
        if isinstance(item, str):
            item = (item, {})
        if isinstance(item, tuple) and len(item) == 2:  # noqa: PLR2004  # a name and its config
            item = self.named(*item, subject=f"middlewares/{index}")
        return bind(item, index)

    def named(self, name: str, config: Mapping[str, Any] | None, *, subject: str) -> MiddlewareUse:
        """Build one use of a middleware with the config that code gives."""
        check(subject, name, TEXT)
        return self.middleware(name, [Source("code", Layer.REQUEST, mapping(subject, config))])

    def tools(self, tools: Any) -> ToolRegistry | None:
        """Read tools: a registry, a list of tools, typed functions and names, or None."""
        return as_registry(tools, self.tool)

    def tool(self, name: str) -> ToolDefinition:
        """Return a tool by name; raises NotFound or PluginError."""
        definition: ToolDefinition = self._registry.get(Kind.TOOL, name)
        return definition

    def tool_source(self, name: str, sources: Iterable[Source]) -> AbstractAsyncContextManager[ToolRegistry]:
        """Open a source of tools by name; raises NotFound, PluginError or ConfigError, and ToolError where it cannot be."""
        return self._opened(name, sources)

    @asynccontextmanager
    async def _opened(self, name: str, sources: Iterable[Source]) -> AsyncIterator[ToolRegistry]:
        found: ToolSource = self._registry.get(Kind.TOOL_SOURCE, name)
        async with AsyncExitStack() as stack:
            with _blamed("tool source", name, ToolError):
                _, config = resolve(found.config(), sources, subject=f"tool source {name}")
                tools = ToolRegistry(await stack.enter_async_context(found.open(self._deps, config)))
            yield tools


def _is_engine(value: Any) -> bool:
    return isinstance(value, Engine) and not isinstance(value, type)


@contextmanager
def _blamed(kind: str, name: str, error_class: type[GeppettoError]) -> Iterator[None]:
    """Turn what a plugin's own code raises into an error that names it; errors of ours pass as they are."""
    try:
        yield
    except GeppettoError:
        raise
    except Exception as error:
        raise error_class(
            f"{kind} {name} cannot be built: {type(error).__name__}: {error}",
            code=f"{kind.upper().replace(' ', '_')}_BUILD_FAILED",
            phase="configure",
            subject=name,
        ) from error
