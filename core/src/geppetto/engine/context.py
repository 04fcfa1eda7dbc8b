"""RunContext: what every engine, middleware and tool is told about the run it works for.

It is data plus `emit`; behaviour lives in functions that take it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from geppetto.engine.inference import InferenceConfig, ToolConfig

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from geppetto.engine.contract import Engine
    from geppetto.engine.debug import DebugTap
    from geppetto.events.model import Correlation, Event
    from geppetto.tooling.definition import ToolDefinition
    from geppetto.turns import Turn

__all__ = ["CACHE_TAG", "RunContext", "RunPort"]

#: the tag with which a run says that its replies are asked of the engine and go to no cache: `{"geppetto.cache": False}`
CACHE_TAG = "geppetto.cache"


class RunPort(Protocol):
    """The run's side of a context: where events go and what the clock says."""

    def emit(self, events: Sequence[Event], correlation: Correlation) -> None:
        """Take events, in order, from any thread, without waiting."""

    async def drain(self) -> None:
        """Wait while a consumer with overflow `block` is behind."""

    def remaining(self) -> float | None:
        """Return the seconds left on the run's clock, or None without a deadline."""

    def snapshot(self, phase: str, turn: Turn) -> None:
        """Hand a copy of the turn to the snapshot hooks."""

    def leave(self, thread: Future[Any]) -> None:
        """Count a handler that did not stop when it was told to."""

    def fail(self, error: Exception) -> None:
        """End the run with an error, whatever its code is doing."""

    def stop_clock(self) -> None:
        """Let the run's deadline wait, as while somebody decides."""

    def start_clock(self) -> None:
        """Let the run's time go on."""


@dataclass(frozen=True, eq=False)
class RunContext:
    """One run as its parts see it; immutable, `derive` makes a changed one for the next part.

    It has no slots: every layer of every call derives one, and one dict is copied faster than a dozen fields.
    """

    port: RunPort = field(repr=False)
    correlation: Correlation
    trace_id: str = ""
    iteration: int = 0
    tags: Mapping[str, Any] = field(default_factory=dict)
    #: what middlewares tell those further in: anything, by names of their own
    extra: Mapping[str, Any] = field(default_factory=dict)
    middleware_name: str | None = None
    host: Any = field(default=None, repr=False)
    inference: InferenceConfig = field(default_factory=InferenceConfig)
    tools: Sequence[ToolDefinition] = ()
    tool_config: ToolConfig = field(default_factory=ToolConfig)
    tap: DebugTap | None = field(default=None, repr=False)
    #: who is asked behind the last middleware; one that stands in front of the engine itself derives a context with its own
    engine: Engine | None = field(default=None, repr=False)

    @property
    def may_cache(self) -> bool:
        """Whether replies may come from a cache or go to one: the host and the tag `geppetto.cache` can forbid it."""
        return self.tags.get(CACHE_TAG) is not False and getattr(self.host, "caches", True) is True

    @property
    def session_id(self) -> str:
        """The session that the run belongs to."""
        return self.correlation.session_id

    @property
    def inference_id(self) -> str:
        """The run's own id; events call it `run_id`."""
        return self.correlation.run_id

    @property
    def turn_id(self) -> str:
        """The turn that the run completes."""
        return self.correlation.turn_id

    @property
    def origin(self) -> str:
        """`user`, or `internal` for a call that a middleware makes for itself."""
        return self.correlation.origin

    def derive(self, **changes: Any) -> RunContext:
        """Return a context with some fields changed: what a middleware hands to `call_next`."""
        made = object.__new__(RunContext)
        values = made.__dict__
        values.update(self.__dict__)
        values.update(changes)
        if len(values) != len(self.__dict__):
            msg = f"RunContext has no field {min(changes.keys() - self.__dict__.keys())!r}"
            raise TypeError(msg)
        return made

    def emit(self, *events: Event) -> None:
        """Publish events, in order; never waits and works from any thread."""
        self.port.emit(events, self.correlation)

    async def drain(self) -> None:
        """Wait while a consumer that asked for back-pressure is behind; call it after each network read."""
        await self.port.drain()

    def remaining(self) -> float | None:
        """Return the seconds left until the run's deadline, or None without one."""
        return self.port.remaining()

    def snapshot(self, phase: str, turn: Turn) -> None:
        """Hand a copy of `turn` to the snapshot hooks."""
        self.port.snapshot(phase, turn)
