"""RunSpec: everything that decides how a run goes, in one frozen value that every face only fills."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from typing import TYPE_CHECKING, Any

from geppetto.engine.inference import InferenceConfig, ToolConfig
from geppetto.errors import InvalidOption, nearest
from geppetto.middleware.chain import by_point
from geppetto.tooling.hooks import ToolHooks
from geppetto.turns import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from geppetto.engine.contract import Engine
    from geppetto.engine.debug import DebugTap
    from geppetto.events.sinks import Sink
    from geppetto.inference.steps import StepController
    from geppetto.middleware.chain import MiddlewareUse
    from geppetto.tooling.registry import ToolRegistry
    from geppetto.turns import Turn

__all__ = ["RunSpec", "ToolLoopConfig"]

_RUN_OPTIONS = ("timeout", "tags", "on", "inference", "tap", "sinks", "snapshot_hooks")


@dataclass(slots=True, frozen=True)
class ToolLoopConfig:
    """How long the tool loop goes on; how tools are run is ToolConfig's business.

    A call that failed in `repeat_limit` replies, and never succeeded in between, ends the run.
    """

    max_iterations: int = 20
    repeat_limit: int = 3

    def __post_init__(self) -> None:
        for name in ("max_iterations", "repeat_limit"):
            value: Any = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise InvalidOption(
                    f"{name}: expected a whole number of at least 1, got {value!r}", subject=name
                )


@dataclass(slots=True, frozen=True)
class RunSpec:
    """One run as configured. Times in seconds; `timeout` None means no deadline.

    `persisters` take the completed turn of each run that ends without an error (plain ones on the host's threads, or async).
    """

    engine: Engine
    engine_name: str = ""
    middlewares: tuple[MiddlewareUse, ...] = ()
    tools: ToolRegistry | None = None
    tool_loop: ToolLoopConfig = field(default_factory=ToolLoopConfig)
    tool_config: ToolConfig = field(default_factory=ToolConfig)
    tool_hooks: ToolHooks = field(default_factory=ToolHooks)
    inference: InferenceConfig = field(default_factory=InferenceConfig)
    sinks: tuple[Sink, ...] = ()
    snapshot_hooks: tuple[Callable[[str, Turn], object], ...] = ()
    persisters: tuple[Callable[[Turn], Any], ...] = ()
    step_controller: StepController | None = None
    pause_timeout: float = 30.0
    listeners: Mapping[str, Callable[[Any], object]] = field(default_factory=dict)
    timeout: float | None = None
    tags: Mapping[str, Any] = field(default_factory=dict)
    tap: DebugTap | None = None
    overflow: str = Overflow.DROP_OLDEST.value
    queue_size: int = 1024
    grace: float = 2.0
    #: the middlewares by the points that they wrap
    points: Mapping[str, tuple[MiddlewareUse, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "points", by_point(self.middlewares))
        if self.overflow not in list(Overflow):
            raise InvalidOption(
                f"invalid overflow {self.overflow!r}",
                subject="overflow",
                next_step=f"one of {', '.join(Overflow)}",
            )
        timeout: Any = self.timeout
        if timeout == math.inf:  # a run says with it that the session's deadline is not for this one
            object.__setattr__(self, "timeout", None)
        elif timeout is not None and (
            isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or timeout < 0
        ):
            raise InvalidOption(
                f"timeout (timeoutMs): expected seconds of at least 0, got {timeout!r}", subject="timeout"
            )

    def changed(self, **fields: Any) -> RunSpec:
        """Return the spec with some fields changed; raise InvalidOption, naming the nearest, for one it has not."""
        _check_names(fields, [f.name for f in dataclass_fields(self) if f.init])
        return replace(self, **fields)

    def for_run(self, options: Mapping[str, Any]) -> RunSpec:
        """Return the spec of one run; raise InvalidOption, naming the nearest, for an option a run has not."""
        _check_names(options, _RUN_OPTIONS)
        return self.with_options(**options)

    def with_options(
        self,
        *,
        timeout: float | None = None,
        tags: Mapping[str, Any] | None = None,
        on: Mapping[str, Callable[[Any], object]] | None = None,
        inference: InferenceConfig | None = None,
        tap: DebugTap | None = None,
        sinks: tuple[Sink, ...] = (),
        snapshot_hooks: tuple[Callable[[str, Turn], object], ...] = (),
    ) -> RunSpec:
        """Return the spec of one run: its options on top of the session's."""
        return replace(
            self,
            timeout=self.timeout if timeout is None else timeout,
            tags={**self.tags, **(tags or {})},
            listeners={**self.listeners, **(on or {})},
            inference=inference.over(self.inference) if inference else self.inference,
            tap=tap or self.tap,
            sinks=(*self.sinks, *sinks),
            snapshot_hooks=(*self.snapshot_hooks, *snapshot_hooks),
        )


def _check_names(given: Iterable[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            guess = nearest(name, known)
            hint = f"did you mean {guess}?" if guess else f"known: {', '.join(known)}"
            raise InvalidOption(f"there is no option '{name}'; {hint}", subject=name, next_step=hint)
