"""Host: what an application, a script or the command line makes once. It owns everything that must be closed."""

from __future__ import annotations

import copy
import logging
import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self, TypeVar

from geppetto.catalog.lookup import Models
from geppetto.config.source import Layer, Source
from geppetto.contributions import Contributions
from geppetto.credentials import CredentialStore
from geppetto.engine.deps import Deps
from geppetto.engine.inference import ToolConfig
from geppetto.events import EventTypes
from geppetto.given import SECONDS, check, entries
from geppetto.identity import Identities
from geppetto.inference.builder import Builder
from geppetto.inference.direct import call_tool
from geppetto.inference.session import Session
from geppetto.inference.spec import RunSpec, ToolLoopConfig
from geppetto.loop import per_loop
from geppetto.plugins.kinds import Kind
from geppetto.plugins.offered import Offered
from geppetto.plugins.paths import paths
from geppetto.plugins.policy import PluginPolicy
from geppetto.plugins.registry import PluginRegistry
from geppetto.profiled import Profiled
from geppetto.running import Running
from geppetto.transport.deferred import LazyTransport

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Coroutine, Iterable, Mapping
    from contextlib import AbstractAsyncContextManager

    from geppetto.codecs import ExtensionCodec
    from geppetto.embedding.cache import EmbeddingCache
    from geppetto.embedding.client import EmbeddingClient
    from geppetto.engine.contract import Engine
    from geppetto.engine.deps import Credentials, Transport
    from geppetto.factory.composer import ComposedFactory
    from geppetto.factory.profile_engine import ProfileEngine
    from geppetto.given import Places
    from geppetto.middleware.chain import MiddlewareUse
    from geppetto.middleware.definition import MiddlewareDefinition
    from geppetto.profile.chain import ProfileChain
    from geppetto.reach import Reach
    from geppetto.running import CloseReport
    from geppetto.tooling.definition import ToolDefinition, ToolOutcome
    from geppetto.tooling.registry import ToolRegistry

__all__ = ["Host"]

T = TypeVar("T")


class Host(Profiled):
    """Find plugins, build engines, run sessions; `with Host() as host:` closes it.

    `plugins=False` keeps the core's own contributions only. `profile_registry` (a chain, places such as `a.yaml,b.db`, or a list
    of places) replaces the registries that the environment and the configuration folder name; the default slugs say which profile
    is meant where none is named.
    `middleware_definitions` and `extension_codecs` replace what is installed, an empty collection means that there are
    none; `extension_schemas` are JSON Schemas by key. `loop_factory` (`uvloop.new_event_loop`) makes the loop on which
    blocking calls run. `allow_local` lets requests reach loopback and private addresses. `caches=False` has every run ask its
    engine and keep no reply, whichever middlewares it has.
    Everything is made on first use.
    """

    def __init__(
        self,
        *,
        registry: PluginRegistry | None = None,
        plugins: bool = True,
        env: Mapping[str, str] | None = None,
        transport: Transport | None = None,
        credentials: Credentials | None = None,
        allow_local: bool = False,
        allow_http: bool = False,
        grace: float = 2.0,
        profile_registry: ProfileChain | Places | None = None,
        default_registry_slug: str = "",
        default_profile_slug: str = "",
        middleware_definitions: Iterable[MiddlewareDefinition] | None = None,
        extension_codecs: Iterable[ExtensionCodec] | None = None,
        extension_schemas: Mapping[str, Mapping[str, Any]] | None = None,
        loop_factory: Callable[[], asyncio.AbstractEventLoop] | None = None,
        caches: bool = True,
    ) -> None:
        check("grace", grace, SECONDS)
        self.caches = caches
        env = os.environ if env is None else env
        self.env = env
        self._take_profiles(profile_registry)
        self.default_registry_slug, self.default_profile_slug = default_registry_slug, default_profile_slug
        self.paths = paths(env)
        self.grace = grace
        self.registry = registry or PluginRegistry(_policy(self.paths.config, env, plugins=plugins))
        self.credentials = credentials or CredentialStore(self.paths, env)
        self.transport = transport or LazyTransport(allow_local=allow_local, allow_http=allow_http)
        self._running = Running(self.transport, grace, loop_factory)
        self.threads, self.begin = self._running.threads, self._running.begin
        self._events: EventTypes | None = None
        self._models: Models | None = None
        self.deps = Deps(
            transport=self.transport,
            credentials=self.credentials,
            engine=self.engine,
            per_loop=per_loop,
            paths=self.paths,
            clock=time.monotonic,
            log=logging.getLogger("geppetto"),
            tools=self.tool,
            submit=self.threads,
        )
        given = {Kind.MIDDLEWARE: middleware_definitions, Kind.CODEC: extension_codecs}
        self.offered = Offered(self.registry, given, extension_schemas)
        self._identities = Identities(self.offered)
        self.contributions = Contributions(self.offered, self.deps, self._identities)

    def bounded(self, reach: Reach) -> Host:
        """Return this host as somebody has it who may not do everything: what it builds stays within `reach`.

        Its runs, loop and threads are this host's own; closing it closes this one.
        """
        from geppetto.bounded import BoundedContributions

        made = copy.copy(self)
        made.deps = replace(self.deps, engine=made.engine)
        made.contributions = BoundedContributions(self.offered, made.deps, reach, self._identities)
        return made

    # -- building --------------------------------------------------------------------------------------------------

    @property
    def models(self) -> Models:
        """What the installed catalogues know about models."""
        if self._models is None:
            self._models = Models(self.registry)
        return self._models

    def create_engine_factory(self, **options: Any) -> ComposedFactory:
        """Return what makes sessions from profiles.

        Options: `default_registry_slug`, `default_profile_slug`, `allow_runtime_overrides_by_default` (for profiles whose
        policy says nothing), `standing=False` to leave configuration files and the environment out, `chain` for other
        registries than the host's, and `documents`, further layers such as an application's own defaults.
        """
        from geppetto.factory.composer import ComposedFactory

        return ComposedFactory(self, **options)

    @property
    def events(self) -> EventTypes:
        """The event types of the core and of the installed plugins."""
        if self._events is None:
            names = self.registry.names(Kind.EVENT)
            self._events = EventTypes(self.registry.get(Kind.EVENT, name) for name in names)
        return self._events

    def engine(self, name: str, **settings: Any) -> Engine:
        """Build an engine by name."""
        return self.contributions.engine(name, [Source("code", Layer.REQUEST, settings)])

    def engine_identity(self, engine: Engine) -> str:
        """Return what two engines have in common that answer alike, or the empty text where that is not known.

        It covers the engine's name, package and settings, and no secrets. An engine that is an object of yours says it by
        an attribute `identity`; one whose settings name code has none.
        """
        return self._identities.of(engine)

    def engine_of(self, engine: Any, settings: Mapping[str, Any]) -> tuple[str, Engine]:
        """Read an engine given as an object or by name; return its name and the object."""
        return self.contributions.engine_of(engine, settings)

    def profile_engine(self, profile: str = "", registry: str = "", **options: Any) -> ProfileEngine:
        """Build the engine of a profile alone (see `geppetto.factory.profile_engine`)."""
        from geppetto.factory.profile_engine import profile_engine

        return profile_engine(self, profile, registry, **options)

    def middleware(self, name: str, config: Mapping[str, Any] | None = None) -> MiddlewareUse:
        """Build one use of a middleware by name."""
        return self.contributions.named(name, config, subject="config")

    def embedder(
        self, name: str, *, cache: EmbeddingCache | str | None = None, **settings: Any
    ) -> EmbeddingClient:
        """Build an embedder by name; `cache` is `memory`, `disk` (in the host's data folder), a cache or None."""
        from geppetto.embedding.client import EmbeddingClient
        from geppetto.embedding.open import open_cache

        embedder = self.contributions.embedder(name, [Source("code", Layer.REQUEST, settings)])
        return EmbeddingClient(embedder, self, open_cache(cache, self.paths.data))

    def tool(self, name: str) -> ToolDefinition:
        """Return an installed tool by name."""
        return self.contributions.tool(name)

    def tool_source(
        self, name: str, config: Mapping[str, Any] | None = None
    ) -> AbstractAsyncContextManager[ToolRegistry]:
        """Open a source of tools by name: `async with` gives its tools, which work until the block is left."""
        return self.contributions.tool_source(name, [Source("code", Layer.REQUEST, config or {})])

    def builder(self) -> Builder:
        """Start a fluent builder of engines and sessions."""
        return Builder(self)

    def create_session(
        self,
        *,
        engine: Any,
        middlewares: Iterable[Any] = (),
        tools: Any = None,
        tool_loop: ToolLoopConfig | None = None,
        tool_config: ToolConfig | None = None,
        session_id: str = "",
        **options: Any,
    ) -> Session:
        """Make a session.

        `engine` is an engine or the name of one; `middlewares` objects, callables, names or `(name, config)` pairs;
        `tools` a registry, or a list of tools, typed functions and names. Further options are RunSpec's fields.
        """
        find, given = self.contributions, entries("middlewares", middlewares, "a list of middlewares")
        name, built = self.engine_of(engine, {})
        spec = RunSpec(
            engine=built,
            engine_name=name,
            middlewares=tuple(find.use(item, index) for index, item in enumerate(given)),
            tools=find.tools(tools),
            tool_loop=ToolLoopConfig() if tool_loop is None else tool_loop,
            tool_config=ToolConfig() if tool_config is None else tool_config,
            grace=self.grace,
        )
        return Session(spec.changed(**options) if options else spec, self, session_id=session_id)

    def call_tool(
        self, tool: ToolDefinition, arguments: Mapping[str, Any], *, timeout: float | None = None
    ) -> ToolOutcome:
        """Call one tool, validated and timed as in a run, in plain code."""
        return self.wait_for(call_tool(self, tool, arguments, seconds=timeout))

    # -- running ---------------------------------------------------------------------------------------------------

    def wait_for(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine on the host's own loop and wait for it, in plain code; Ctrl-C cancels it.

        Raises SessionError (HOST_CLOSED) when the host is closed, or is being closed in the meantime.
        """
        return self._running.wait_for(work)

    def loop(self) -> asyncio.AbstractEventLoop:
        """Return the host's own event loop, for plain code; raise SessionError after `close`."""
        return self._running.loop()

    def close(self) -> CloseReport:
        """Cancel active runs, close connections, end threads; in plain code. Closing again gives the same report.

        Whatever a step raises, as a transport may, the others are taken; then it is raised, several errors as a group.
        """
        return self._running.close(self._close_profiles)

    async def aclose(self) -> CloseReport:
        """Close the host from async code, with the connections that belong to the running loop."""
        return await self._running.aclose(self._close_profiles)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.aclose()


def _policy(config: Any, env: Mapping[str, str], *, plugins: bool) -> PluginPolicy:
    from pathlib import Path

    return PluginPolicy.read(config / "plugins.toml", Path.cwd(), env, no_plugins=not plugins)
