"""The fluent builder of sessions and engines: it only fills a RunSpec, and is frozen once it has built."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from geppetto.engine.inference import InferenceConfig, ToolConfig
from geppetto.errors import InvalidOption
from geppetto.given import entries, mapping
from geppetto.inference.session import Session
from geppetto.inference.spec import RunSpec, ToolLoopConfig
from geppetto.middleware.chain import bind
from geppetto.tooling.hooks import ToolHooks
from geppetto.tooling.registry import ToolRegistry
from geppetto.turns import new_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from geppetto.engine.debug import DebugTap
    from geppetto.events.sinks import Sink
    from geppetto.inference.handle import RunHandle
    from geppetto.inference.steps import StepController
    from geppetto.tooling.definition import ToolDefinition
    from geppetto.turns import Turn

__all__ = ["Builder", "EngineHandle", "as_registry"]


def as_registry(tools: Any, find: Callable[[str], ToolDefinition] | None = None) -> ToolRegistry | None:
    """Read tools given as a registry, a list of tools and functions, or None; `find` knows those given by name."""
    if tools is None or isinstance(tools, ToolRegistry):
        return tools
    given = entries("tools", tools, "a ToolRegistry, or a list of tools")
    return ToolRegistry(find(item) if find and isinstance(item, str) else item for item in given)


class EngineHandle:
    """A built engine with everything around it: run single turns on it, or build sessions of it.

    `metadata` says which profile it is from; it is empty where it is from none.
    """

    def __init__(self, spec: RunSpec, host: Any, *, metadata: Mapping[str, Any] | None = None) -> None:
        self.id = new_id()
        self.spec = spec
        self.metadata: Mapping[str, Any] = metadata or {}
        self._host = host

    @property
    def provider(self) -> str:
        """The name under which the engine was asked for."""
        return self.spec.engine_name

    def run(self, given: str | Turn, **options: Any) -> Turn:
        """Run one turn in plain code and return it completed."""
        return self.build_session().run(given, **options)

    async def run_async(self, given: str | Turn, **options: Any) -> Turn:
        """Run one turn and return it completed."""
        return await self.build_session().run_async(given, **options)

    def start(self, given: str | Turn, **options: Any) -> RunHandle:
        """Start a run of one turn and return its handle."""
        return self.build_session().start(given, **options)

    def build_session(self, *, session_id: str = "") -> Session:
        """Return a new session on this engine."""
        return Session(self.spec, self._host, session_id=session_id)


class Builder:
    """Collect what a run needs, then `build()` an EngineHandle or `build_session()`.

    After either the builder is frozen: a further setter raises InvalidOption; `clone()` gives an open copy.
    """

    def __init__(self, host: Any) -> None:
        self._host = host
        self._values: dict[str, Any] = {}
        self._middlewares: list[Any] = []
        self._engine: Any = None
        self._settings: dict[str, Any] = {}
        self._profile: dict[str, Any] | None = None
        self._frozen = False

    def _set(self, **values: Any) -> Self:
        self._check_open()
        self._values.update(values)
        return self

    def _check_open(self) -> None:
        if self._frozen:
            raise InvalidOption(
                "the builder is frozen after build()",
                code="BUILDER_FROZEN",
                next_step="change a `clone()` of it",
            )

    def engine(self, engine: Any, **settings: Any) -> Self:
        """Set the engine: an object, or the name of an installed one with its settings."""
        self._check_open()
        self._engine = engine
        self._settings.update(settings)
        return self

    def provider(self, name: str) -> Self:
        """Set the engine by the name of an installed provider."""
        return self.engine(name)

    def profile(self, profile: str = "", registry: str = "", **options: Any) -> Self:
        """Take the engine of a profile; an engine that was named by `provider` must be the profile's own.

        `settings` then are of the request, under the profile's policy. Options: `request_overrides`, `runtime_key`,
        `open_by_default`. The prompt, middlewares and tools of a profile are applied by `create_engine_factory`.
        """
        self._check_open()
        self._profile = {**options, "profile": profile, "registry": registry}
        return self

    def settings(self, **settings: Any) -> Self:
        """Add settings of the engine: model, base_url, temperature, ..."""
        self._check_open()
        self._settings.update(settings)
        return self

    def use(
        self, middleware: Any, config: Any = None, *, name: str = "", timeout: float | None = None
    ) -> Self:
        """Add a middleware: an object, a callable, or the name of an installed one with its config."""
        self._check_open()
        if isinstance(middleware, str):
            middleware = self._host.middleware(middleware, config)
        elif config is not None:
            raise InvalidOption("a config goes to a middleware that is given by name", subject="config")
        self._middlewares.append(bind(middleware, len(self._middlewares), name=name, timeout=timeout))
        return self

    def tools(self, tools: ToolRegistry | Iterable[Any] | None) -> Self:
        """Set the tools: a registry, or a list of tools and typed functions."""
        return self._set(tools=as_registry(tools))

    def tool_config(self, config: ToolConfig | None = None, **fields: Any) -> Self:
        """Set how tools are offered and run."""
        return self._set(tool_config=ToolConfig(**fields) if config is None else config)

    def tool_loop(self, config: ToolLoopConfig | None = None, **fields: Any) -> Self:
        """Set how long the tool loop goes on."""
        return self._set(tool_loop=ToolLoopConfig(**fields) if config is None else config)

    def tool_hooks(self, hooks: ToolHooks | None = None, **fields: Any) -> Self:
        """Set what is called around each tool call."""
        return self._set(tool_hooks=ToolHooks(**fields) if hooks is None else hooks)

    def inference(self, config: InferenceConfig | None = None, **fields: Any) -> Self:
        """Set what is asked of the model."""
        return self._set(inference=InferenceConfig(**fields) if config is None else config)

    def sink(self, sink: Sink) -> Self:
        """Add a sink that gets every event."""
        return self._set(sinks=(*self._values.get("sinks", ()), sink))

    def snapshot_hook(self, hook: Callable[[str, Turn], object]) -> Self:
        """Add a hook `(phase, turn)` that gets copies of the turn as the loop goes on."""
        return self._set(snapshot_hooks=(*self._values.get("snapshot_hooks", ()), hook))

    def persister(self, persister: Callable[[Turn], object]) -> Self:
        """Add a persister that takes the completed turn of each run that succeeds."""
        return self._set(persisters=(*self._values.get("persisters", ()), persister))

    def step_controller(self, controller: StepController, *, pause_timeout: float = 30.0) -> Self:
        """Set the controller that may hold runs; a pause goes on by itself after `pause_timeout` seconds."""
        return self._set(step_controller=controller, pause_timeout=pause_timeout)

    def timeout(self, seconds: float | None) -> Self:
        """Set the deadline of each run."""
        return self._set(timeout=seconds)

    def tags(self, tags: Mapping[str, Any]) -> Self:
        """Set free-form tags that every part of a run sees."""
        return self._set(tags=dict(mapping("tags", tags)))

    def tap(self, tap: DebugTap) -> Self:
        """Set the debug tap."""
        return self._set(tap=tap)

    def overflow(self, overflow: str, *, queue_size: int = 1024) -> Self:
        """Set what a full event stream does: drop_oldest, drop_newest or block."""
        return self._set(overflow=overflow, queue_size=queue_size)

    def clone(self) -> Builder:
        """Return an open copy."""
        copy = Builder(self._host)
        copy._values = dict(self._values)
        copy._middlewares = list(self._middlewares)
        copy._engine, copy._settings, copy._profile = self._engine, dict(self._settings), self._profile
        return copy

    def spec(self) -> RunSpec:
        """Return what has been collected as a RunSpec; raise InvalidOption without an engine."""
        name, engine = self._engine_of()
        uses = tuple(self._middlewares)
        spec = RunSpec(engine=engine, engine_name=name, middlewares=uses, grace=self._host.grace)
        return replace(spec, **self._values)

    def _engine_of(self) -> tuple[str, Any]:
        if self._profile is not None:
            if self._engine is not None and not isinstance(self._engine, str):
                raise InvalidOption(
                    "an engine object has no profile", code="MERGE_CONFLICT", subject="engine"
                )
            made = self._host.profile_engine(
                **self._profile, engine=self._engine or "", settings=self._settings
            )
            return made.name, made
        if self._engine is None:
            raise InvalidOption(
                "the builder has no engine", subject="engine", next_step="call .engine(...) first"
            )
        found: tuple[str, Any] = self._host.engine_of(self._engine, self._settings)
        return found

    def build(self) -> EngineHandle:
        """Freeze the builder and return its engine."""
        handle = EngineHandle(self.spec(), self._host)
        self._frozen = True
        return handle

    def build_session(self, *, session_id: str = "") -> Session:
        """Freeze the builder and return a new session."""
        return self.build().build_session(session_id=session_id)
