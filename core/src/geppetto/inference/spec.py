"""RunSpec: everything that decides how a run goes, in one frozen value that every face only fills."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from dataclasses import fields as dataclass_fields
from typing import TYPE_CHECKING, Any

from geppetto.engine.debug import DebugTap
from geppetto.engine.inference import InferenceConfig, ToolConfig
from geppetto.errors import InvalidOption, nearest
from geppetto.given import (
    AMOUNT,
    DEADLINE,
    MAPPING,
    NUMBER,
    SECONDS,
    TEXT,
    a,
    callables,
    check,
    listeners,
    one_of,
    optional,
)
from geppetto.inference.steps import StepController
from geppetto.middleware.chain import by_point
from geppetto.tooling.hooks import ToolHooks
from geppetto.tooling.registry import ToolRegistry
from geppetto.turns import Overflow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from geppetto.engine.contract import Engine
    from geppetto.events.sinks import Sink
    from geppetto.middleware.chain import MiddlewareUse
    from geppetto.turns import Turn

__all__ = ["RunSpec", "ToolLoopConfig"]


@dataclass(slots=True, frozen=True)
class ToolLoopConfig:
    """How long the tool loop goes on; how tools are run is ToolConfig's business.

    A call that failed in `repeat_limit` replies, and never succeeded in between, ends the run. So does what the engine's calls
    have used together, before a further one: `max_total_tokens` as providers report them, `max_cost` in US dollars by
    the installed catalogues.
    """

    max_iterations: int = 20
    repeat_limit: int = 3
    max_total_tokens: int | None = None
    max_cost: float | None = None

    def __post_init__(self) -> None:
        for name in ("max_iterations", "repeat_limit"):
            check(name, getattr(self, name), NUMBER)
        check("max_total_tokens", self.max_total_tokens, optional(NUMBER))
        check("max_cost", self.max_cost, optional(AMOUNT))


_SINKS = callables("a list of callables that take an event")
_SNAPSHOT_HOOKS = callables("a list of callables that take a phase and a turn")
_LISTENERS = listeners("an object of callables by the type of event")
_TAP = optional(a(DebugTap, "a DebugTap"))
_INFERENCE = a(InferenceConfig, "an InferenceConfig")
#: what the fields of a spec take; engine and middlewares are read by who finds them
_FIELDS = {
    "engine_name": TEXT,
    "tools": optional(a(ToolRegistry, "a ToolRegistry")),
    "tool_loop": a(ToolLoopConfig, "a ToolLoopConfig"),
    "tool_config": a(ToolConfig, "a ToolConfig"),
    "tool_hooks": a(ToolHooks, "ToolHooks"),
    "inference": _INFERENCE,
    "sinks": _SINKS,
    "snapshot_hooks": _SNAPSHOT_HOOKS,
    "persisters": callables("a list of callables that take a turn"),
    "step_controller": optional(a(StepController, "a StepController")),
    "pause_timeout": SECONDS,
    "listeners": _LISTENERS,
    "timeout": DEADLINE,
    "tags": MAPPING,
    "tap": _TAP,
    "overflow": one_of(Overflow),
    "queue_size": NUMBER,
    "grace": SECONDS,
}
#: what the options of a single run take
_OF_A_RUN = {
    "timeout": DEADLINE,
    "tags": MAPPING,
    "on": _LISTENERS,
    "inference": _INFERENCE,
    "tap": _TAP,
    "sinks": _SINKS,
    "snapshot_hooks": _SNAPSHOT_HOOKS,
}
_TITLES = {"timeout": "timeout (timeoutMs)"}


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
    #: the tags as events show them
    shown_tags: Mapping[str, Any] = field(init=False, repr=False)
    #: the middlewares by the points that they wrap
    points: Mapping[str, tuple[MiddlewareUse, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        for name, rule in _FIELDS.items():
            check(name, getattr(self, name), rule, title=_TITLES.get(name, ""))
        if self.timeout == math.inf:  # a run says with it that the session's deadline is not for this one
            object.__setattr__(self, "timeout", None)
        for name in ("sinks", "snapshot_hooks", "persisters"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        object.__setattr__(self, "tags", dict(self.tags))
        object.__setattr__(self, "shown_tags", _shown(self.tags))
        object.__setattr__(self, "points", by_point(self.middlewares))

    def changed(self, **fields: Any) -> RunSpec:
        """Return the spec with some fields changed; raise InvalidOption, naming the nearest, for one it has not."""
        _check_names(fields, [f.name for f in dataclass_fields(self) if f.init])
        return replace(self, **fields)

    def for_run(self, options: Mapping[str, Any]) -> RunSpec:
        """Return the spec of one run; raise InvalidOption for an option that a run has not, or that does not fit.

        None is as if it were not given.
        """
        _check_names(options, list(_OF_A_RUN))
        given = {name: value for name, value in options.items() if value is not None}
        for name, value in given.items():
            check(name, value, _OF_A_RUN[name], title=_TITLES.get(name, ""))
        return self.with_options(**given)

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


def _shown(tags: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return tags with what stands under the name of a secret, or looks like one, blanked."""
    if not tags:
        return tags
    from geppetto.profile.redact import redacted  # imported where there is something to blank

    found: Mapping[str, Any] = redacted(tags)
    return found


def _check_names(given: Iterable[str], known: Sequence[str]) -> None:
    for name in given:
        if name not in known:
            guess = nearest(name, known)
            hint = f"did you mean {guess}?" if guess else f"known: {', '.join(known)}"
            raise InvalidOption(f"there is no option '{name}'; {hint}", subject=name, next_step=hint)
