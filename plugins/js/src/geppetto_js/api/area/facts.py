"""Facts and small services: names, constants, defaults, counters, the guard and the audit."""

from __future__ import annotations

import logging
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from geppetto import consts
from geppetto.errors import nearest
from geppetto.plugins import Kind
from geppetto.turns import new_id

from geppetto_js.api.area.sessions import TOOL_DEFAULTS, middleware_of
from geppetto_js.api.faults import BOUNDARY_CODES, FACTORY_CODES, HOST_CODES, SAME_CODES
from geppetto_js.api.ops import operation
from geppetto_js.api.state import Counters, denied
from geppetto_js.api.turncodec import KEY_NAMES, decode_turn, encode_turn

if TYPE_CHECKING:
    from enum import StrEnum

    from geppetto_js.api.state import ApiState

__all__ = ["FactOps", "constants"]

_log = logging.getLogger("geppetto.js")
#: event types of the older vocabulary, which listeners may still ask for
_OLDER = {
    "START": "start",
    "PARTIAL": "partial",
    "FINAL": "final",
    "TOOL_CALL": "tool-call",
    "TOOL_RESULT": "tool-result",
}
#: 003 §48
_LAYERS, _CROSSINGS = 8, 200


class FactOps:
    """Operations that need nothing but the state."""

    def __init__(self, state: ApiState) -> None:
        self._state = state

    @operation
    def version(self) -> str:
        """Return the version of this package."""
        return version("geppetto-js")

    @operation
    def new_id(self) -> str:
        """Return a fresh id."""
        return new_id()

    @operation
    def nearest(self, name: str, known: list[str]) -> str:
        """Return the known name that a wrong one may have meant, empty for none."""
        return nearest(name, known) or ""

    @operation
    def error_codes(self) -> dict[str, Any]:
        """Return the codes that are part of the API."""
        names = {**BOUNDARY_CODES, **SAME_CODES}
        return {"names": names, "factory": list(FACTORY_CODES), "host": list(HOST_CODES)}

    @operation
    def key_names(self) -> dict[str, dict[str, str]]:
        """Return the short names of keys with their ids."""
        return KEY_NAMES

    @operation
    def consts(self) -> dict[str, dict[str, str]]:
        """Return the constants, all of them lower-case texts (003 §52)."""
        return constants()

    @operation
    def describe_defaults(self) -> dict[str, Any]:
        """Return what holds where a script says nothing (003 §33.1)."""
        return {
            "run": {"timeoutMs": None, "tags": {}, "eventWindowMs": 0},
            "session": {"overflow": "drop_oldest", "queueSize": 1024},
            "toolLoop": {
                "enabled": True, "maxIterations": 20, "maxParallelTools": TOOL_DEFAULTS["max_parallel_tools"],
                "executionTimeoutMs": 30_000,
                "toolChoice": "auto", "toolErrorHandling": "continue", "retryMaxRetries": 2, "retryBackoffMs": 1000,
                "retryBackoffFactor": 2, "allowedTools": None, "repeatLimit": 3, "maxTotalTokens": None, "maxCost": None,
            },
            "toolHooks": {"failOpen": False, "maxHookRetries": 10},
            "middleware": {"mode": "mutate", "point": "call", "timeoutMs": None},
            "engine": {"model": "gpt-4o-mini"},
            "spec": {"specVersion": 1},
        }  # fmt: skip

    @operation
    def plugin_rows(self) -> list[dict[str, str]]:
        """Return the installed plugins."""
        rows = self._state.host.registry.rows()
        return [{"kind": str(row.kind), "name": row.name, "distribution": row.distribution} for row in rows]

    @operation
    def middleware_names(self) -> list[str]:
        """Return the names of the host's middlewares."""
        installed = self._state.host.offered.names(Kind.MIDDLEWARE)
        return sorted({*installed, *self._state.options.middlewares})

    @operation
    def middlewares_check(self, uses: list[dict[str, Any]]) -> None:
        """Raise what making the host's middlewares of a list raises: an unknown name, a config that does not fit."""
        for index, use in enumerate(uses):
            if use.get("fn") is None:
                middleware_of(self._state, use, index)

    @operation
    def engine_names(self) -> list[str]:
        """Return the names of the installed engines."""
        return self._state.host.registry.names(Kind.ENGINE)

    @operation
    def normalize_turn(self, turn: Any) -> dict[str, Any]:
        """Read a turn and write it again."""
        self._state.counters.decodes += 1
        self._state.counters.encodes += 1
        return encode_turn(decode_turn(turn))

    @operation
    def listener_failed(self, kind: str, message: str) -> None:
        """Report a listener that threw; it does not touch the run."""
        _log.warning("a listener of %s events failed: %s", kind, message)

    @operation
    def release(self, number: int) -> None:
        """Forget an object that no script refers to any more."""
        self._state.release(number)

    @operation
    def guard(self, what: str, amount: int) -> None:
        """Refuse more than the policy allows (003 §38.2)."""
        limit = self._state.options.policy.max_middlewares
        self._state.counters.layers = max(self._state.counters.layers, amount)
        if what == "middlewares" and limit is not None and amount > limit:
            raise denied(f"a list of {amount} middlewares: at most {limit} are allowed", "middlewares")

    @operation
    def audit(self, kind: str, name: str) -> None:
        """Write down what a script registers; refuse a name that the policy does not list."""
        allowed = self._state.options.policy.plugins
        if allowed is not None and name not in allowed:
            raise denied(f"{kind} {name}: scripts may not register it here", name)
        self._state.note(kind, name)

    @operation
    def audit_log(self) -> list[dict[str, Any]]:
        """Return what scripts have registered."""
        return list(self._state.audit)

    @operation
    def bridge_stats(self) -> dict[str, int]:
        """Return the five counters of 003 §48, and the events that were dropped."""
        found = self._state.counters
        return {
            "bridge.calls.scalar": found.scalar,
            "bridge.calls.object": found.object,
            "bridge.turn.decodes": found.decodes,
            "bridge.turn.encodes": found.encodes,
            "bridge.middleware.invocations": found.middleware,
            "bridge.events.dropped": found.dropped_events,
        }

    @operation
    def reset_bridge_stats(self) -> None:
        """Begin to count anew."""
        self._state.counters = Counters()

    @operation
    def bridge_budget(self) -> dict[str, Any]:
        """Return the budgets of 003 §48 and what was used of them."""
        found = self._state.counters
        layers = {"limit": _LAYERS, "used": found.layers, "over": found.layers > _LAYERS}
        worst = found.worst_run
        crossings = {"limit": _CROSSINGS, "last": found.last_run, "used": worst, "over": worst > _CROSSINGS}
        return {"middlewareLayers": layers, "crossingsPerRun": crossings}


def constants() -> dict[str, dict[str, str]]:
    """Return `gp.consts` as plain data."""
    return {
        "BlockKind": _words(consts.BlockKind),
        "TurnDataKeys": _keys("data"),
        "TurnMetadataKeys": _keys("turn"),
        "BlockMetadataKeys": _keys("block"),
        "RunMetadataKeys": {"TRACE_ID": "trace_id"},
        "PayloadKeys": {name: value for name, value in vars(consts.PayloadKey).items() if name.isupper()},
        "ToolChoice": _words(consts.ToolChoice),
        "ToolErrorHandling": _words(consts.ToolErrorHandling),
        "HookAction": _words(consts.HookAction),
        "EventType": {**_OLDER, **_words(consts.EventType)},
        "StopReason": _words(consts.StopReason),
        "FinishClass": _words(consts.FinishClass),
        "Overflow": _words(consts.Overflow),
    }


def _words(enum: type[StrEnum]) -> dict[str, str]:
    return {each.name: each.value for each in enum}


def _keys(store: str) -> dict[str, str]:
    return {name.upper(): name for name in KEY_NAMES[store]}
