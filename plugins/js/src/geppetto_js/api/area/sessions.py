"""Operations on sessions: what they are made of, their history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto import Session, ToolConfig, ToolLoopConfig, ToolRegistry
from geppetto.engine import InferenceConfig
from geppetto.errors import GeppettoError, NotFound
from geppetto.inference.builder import EngineHandle
from geppetto.inference.steps import StepController

from geppetto_js.api.calling import call, told
from geppetto_js.api.deliveries import Delivery
from geppetto_js.api.middleware import JsMiddleware
from geppetto_js.api.ops import operation
from geppetto_js.api.toolbridge import js_hooks
from geppetto_js.api.turncodec import decode_turn, encode_turn
from geppetto_js.api.words import camel_keys, seconds, snake_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto import Turn

    from geppetto_js.api.state import ApiState

__all__ = ["TOOL_DEFAULTS", "OpenSession", "SessionOps", "inference_of", "middleware_of"]

#: where it is not Python's default: handlers of scripts share one thread, and their order is what scripts count on
TOOL_DEFAULTS = {"max_parallel_tools": 1}

_LOOP = {
    "maxIterations": "max_iterations",
    "repeatLimit": "repeat_limit",
    "maxTotalTokens": "max_total_tokens",
    "maxCost": "max_cost",
}
_CONFIG = {
    "enabled": "enabled",
    "toolChoice": "tool_choice",
    "maxParallelTools": "max_parallel_tools",
    "allowedTools": "allowed_tools",
    "toolErrorHandling": "tool_error_handling",
}
_RETRY = {
    "retryMaxRetries": ("max_retries", 1),
    "retryBackoffMs": ("backoff_base", 0.001),
    "retryBackoffFactor": ("backoff_factor", 1),
}


class OpenSession:
    """A session with the deliveries of its sinks, which a run waits for at its end."""

    def __init__(self, state: ApiState, spec: Mapping[str, Any]) -> None:
        self.deliveries = [Delivery(state, sink) for sink in spec.get("sinks", ())]
        self.snapshots = _Snapshots(state, spec["snapshotHook"]) if "snapshotHook" in spec else None
        self.session = _session(state, spec, self)


class SessionOps:
    """`gp.createSession`, `gp.createBuilder` and the methods of sessions that do not run."""

    def __init__(self, state: ApiState) -> None:
        self._state = state

    @operation
    def session_new(self, spec: dict[str, Any]) -> dict[str, Any]:
        """Make a session and return its reference and id."""
        made = OpenSession(self._state, spec)
        return {"ref": self._state.keep(made), "sessionId": made.session.session_id}

    @operation
    def session_replace(self, ref: int, spec: dict[str, Any]) -> None:
        """Make a session anew under the same id: it has not run yet."""
        found = self._open(ref)
        made = OpenSession(self._state, {**spec, "sessionId": found.session.session_id})
        found.session, found.deliveries, found.snapshots = made.session, made.deliveries, made.snapshots

    @operation
    def session_append(self, ref: int, turn: Any) -> dict[str, Any]:
        """Append a turn; return it as the history has it."""
        session = self._open(ref).session
        session.append(decode_turn(turn))
        latest = session.latest
        assert latest is not None
        found = encode_turn(latest)
        found.setdefault("metadata", {})["session_id"] = session.session_id
        return found

    @operation
    def session_latest(self, ref: int) -> dict[str, Any] | None:
        """Return the latest turn, None in an empty session."""
        return _encoded(self._open(ref).session.latest)

    @operation
    def session_count(self, ref: int) -> int:
        """Return how many turns there are."""
        return len(self._open(ref).session.history)

    @operation
    def session_turn(self, ref: int, index: Any) -> dict[str, Any] | None:
        """Return a turn by its index from 0, None out of range."""
        history = self._open(ref).session.history
        inside = isinstance(index, int) and 0 <= index < len(history)
        return encode_turn(history[index]) if inside else None

    @operation
    def session_turns(self, ref: int, start: Any, end: Any) -> list[dict[str, Any]]:
        """Return copies of the turns of a range, clamped; all of them without one."""
        history = self._open(ref).session.history
        first = max(0, int(start or 0))
        last = len(history) if end is None else min(int(end), len(history))
        return [encode_turn(history[index]) for index in range(first, last)]

    @operation
    def session_check_idle(self, ref: int) -> None:
        """Raise SessionError while a run is under way: now, not when the event loop comes to the next run."""
        self._open(ref).session.check_idle()

    @operation
    def session_is_running(self, ref: int) -> bool:
        """Say whether a run is active."""
        return self._open(ref).session.is_running

    @operation
    def session_cancel(self, ref: int) -> None:
        """Cancel the active run; raises SessionError without one."""
        self._open(ref).session.cancel_active()

    @operation
    def session_approve(self, ref: int, call_id: str) -> None:
        """Let a call that waits for a human run."""
        self._open(ref).session.approve(call_id)

    @operation
    def session_answer(self, ref: int, call_id: str, result: Any, error: str) -> None:
        """Answer an open call from outside."""
        self._open(ref).session.answer(call_id, result, error=error)

    @operation
    def steps_new(self) -> int:
        """Make a step controller."""
        return self._state.keep(StepController())

    @operation
    def steps_enable(self, ref: int, session_id: str, on: bool) -> None:  # as JavaScript calls it
        """Hold the runs of a session, or let them go."""
        controller = self._state.find(ref, StepController)
        (controller.enable if on else controller.disable)(session_id)

    @operation
    def steps_resume(self, ref: int, pause_id: str) -> bool:
        """Let a held run go on."""
        return self._state.find(ref, StepController).resume(pause_id)

    @operation
    def steps_waiting(self, ref: int) -> list[dict[str, Any]]:
        """Return the pauses that wait."""
        pauses = self._state.find(ref, StepController).pauses()
        names = ("id", "session_id", "run_id", "phase", "summary", "deadline_ms")
        return [camel_keys({name: getattr(pause, name) for name in names}) for pause in pauses]

    def _open(self, ref: int) -> OpenSession:
        return self._state.find(ref, OpenSession)


class _Snapshots:
    """Hand snapshots to a script in order; the run does not wait for it."""

    def __init__(self, state: ApiState, function: Any) -> None:
        self._state, self._function = state, function
        self.tasks: list[Any] = []

    def __call__(self, phase: str, turn: Turn) -> None:
        """Take one snapshot, in the run's loop."""
        import asyncio

        work = told(f"the snapshot hook at {phase}", self._function, phase, encode_turn(turn))
        self.tasks = [task for task in self.tasks if not task.done()]
        self.tasks.append(asyncio.get_running_loop().create_task(work))


def _session(state: ApiState, spec: Mapping[str, Any], made: OpenSession) -> Session:
    engine, options = state.find(spec["engine"], object), state.options
    base = engine.spec if isinstance(engine, EngineHandle) else None
    loop = spec.get("loop", {})
    uses = [middleware_of(state, use, index) for index, use in enumerate(spec.get("middlewares", ()))]
    tools = state.find(spec["tools"], ToolRegistry) if "tools" in spec else base.tools if base else None
    hooks: list[Any] = [options.snapshot_hook] if options.snapshot_hook else []
    more: dict[str, Any] = {
        "sinks": (*options.sinks, *made.deliveries, *(base.sinks if base else ())),
        "snapshot_hooks": (*hooks, *([made.snapshots] if made.snapshots else ())),
        "persisters": _persisters(state, spec),
        "tags": {**(base.tags if base else {}), **spec.get("tags", {})},
        "timeout": seconds(spec["timeoutMs"]) if "timeoutMs" in spec else base.timeout if base else None,
    }
    if "hooks" in spec:
        more["tool_hooks"] = js_hooks(state, spec["hooks"])
    if base is not None or "inference" in spec:
        own = inference_of(spec.get("inference", {}))
        more["inference"] = own.over(base.inference) if base else own
    if "stepController" in spec:
        more["step_controller"] = state.find(spec["stepController"], StepController)
    more |= {
        own: spec[name]
        for name, own in (("overflow", "overflow"), ("queueSize", "queue_size"))
        if name in spec
    }
    return state.bounded.create_session(
        engine=engine,
        middlewares=[*uses, *(base.middlewares if base else ())],
        tools=tools,
        tool_loop=_loop(loop, base.tool_loop if base else None),
        tool_config=_config(loop, base.tool_config if base else None),
        session_id=spec.get("sessionId", ""),
        **more,
    )


def middleware_of(state: ApiState, use: Mapping[str, Any], index: int) -> Any:
    """Return one entry of a list of middlewares: the script's, the application's for this module, an installed one."""
    if use.get("fn") is not None:
        return JsMiddleware(state, use, index)
    name, options = use["name"], use.get("options") or {}
    if name in state.options.middlewares:
        return state.options.middlewares[name](options)
    try:
        return state.bounded.middleware(name, options)
    except NotFound as error:
        raise GeppettoError(
            f"unknown middleware: {name}, at index {index} ({error.message})",
            code="MIDDLEWARE_NOT_FOUND",
            phase="configure",
            subject=name,
            next_step=error.next_step,
            details=error.details,
        ) from error


def _persisters(state: ApiState, spec: Mapping[str, Any]) -> tuple[Any, ...]:
    own = (state.options.persister,) if state.options.persister else ()
    if "persister" not in spec:
        return own

    async def persist(turn: Turn) -> None:
        await call(spec["persister"], encode_turn(turn))

    return (persist,)


def _loop(given: Mapping[str, Any], base: ToolLoopConfig | None) -> ToolLoopConfig:
    from dataclasses import replace

    fields = {own: given[name] for name, own in _LOOP.items() if name in given}
    return replace(base, **fields) if base else ToolLoopConfig(**fields)


def _config(given: Mapping[str, Any], base: ToolConfig | None) -> ToolConfig:
    from dataclasses import replace

    fields: dict[str, Any] = {own: given[name] for name, own in _CONFIG.items() if name in given}
    if "executionTimeoutMs" in given:
        fields["execution_timeout"] = seconds(given["executionTimeoutMs"])
    retry = {own: given[name] * unit for name, (own, unit) in _RETRY.items() if name in given}
    if retry:
        known = base.retry.to_json() if base else {}
        fields["retry"] = {**known, **retry}
    return replace(base, **fields) if base else ToolConfig(**{**TOOL_DEFAULTS, **fields})


def inference_of(given: Mapping[str, Any]) -> InferenceConfig:
    """Read what a script says of inference; `maxTokens` is the older name."""
    named = {"maxOutputTokens" if name == "maxTokens" else name: value for name, value in given.items()}
    return InferenceConfig.from_json(snake_keys(named))


def _encoded(turn: Turn | None) -> dict[str, Any] | None:
    return None if turn is None else encode_turn(turn)
