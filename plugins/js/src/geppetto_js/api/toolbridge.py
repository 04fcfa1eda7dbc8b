"""Tools and tool hooks of a script as those of the host (003 §36, §54; reference, "Hooks")."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto import ToolDefinition, ToolHooks, ToolOutcome
from geppetto.errors import GeppettoError, ToolError
from geppetto.notes import with_notes
from geppetto.tooling import Retry
from geppetto.turns import HookAction, ToolCall

from geppetto_js.api.calling import call as call_js
from geppetto_js.api.context import tool_context_of
from geppetto_js.api.state import denied
from geppetto_js.api.unfit import result_of
from geppetto_js.api.words import kind_of, seconds
from geppetto_js.errors import JsError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto import ToolContext
    from geppetto.tooling import HookContext

    from geppetto_js.api.state import ApiState

__all__ = ["js_hooks", "js_tool"]


def js_tool(state: ApiState, spec: Mapping[str, Any], handler: Any) -> ToolDefinition:
    """Return a tool of a script; raise UsageError where the policy allows none."""
    name = str(spec["name"])
    if not state.options.policy.js_tools:
        raise denied(f"tool {name}: scripts may not define tools here", name)
    state.note("tool", name)

    async def handle(arguments: Any, context: ToolContext) -> Any:
        facts = tool_context_of(context.run, name, context.call_id, context.attempt)
        try:
            result = await call_js(handler, arguments, facts)
        except GeppettoError as error:
            raise _thrown(name, error) from error
        return result_of(f"js tool {name}", result)

    return ToolDefinition(
        name,
        str(spec.get("description", "")),
        spec.get("parameters") or {"type": "object", "properties": {}},
        handle,
        version=str(spec.get("version", "")),
        tags=frozenset(map(str, spec.get("tags", ()))),
        strict=bool(spec.get("strict", False)),
        timeout=seconds(spec.get("timeoutMs")),
    )


def _thrown(name: str, error: GeppettoError) -> ToolError:
    """Return the error for what a handler threw: with its own code, and where that was."""
    details: dict[str, Any] = {"code": error.code}
    if isinstance(error, JsError):
        details = {"code": error.js_code or error.code, "js_stack": error.js_stack}
    made = ToolError(f"js tool {name}: {error}", code="TOOL_FAILED", subject=name, details=details)
    return with_notes(made, error)


def js_hooks(state: ApiState, given: Mapping[str, Any]) -> ToolHooks:
    """Return the hooks of a script; `failOpen` goes on without a hook that fails."""
    hooks = _Hooks(state, given)
    return ToolHooks(
        before_tool_call=hooks.before if "beforeToolCall" in given else None,
        after_tool_call=hooks.after if "afterToolCall" in given else None,
        on_tool_error=hooks.error if "onToolError" in given else None,
        on_hook_error=HookAction.CONTINUE if given.get("failOpen") else HookAction.ABORT,
        max_retries=hooks.most,
    )


#: what a hook may ask for, by its name in JavaScript
_ACTIONS = {
    "beforeToolCall": ("abort", "continue"),
    "afterToolCall": ("abort", "continue"),
    "onToolError": tuple(action.value for action in HookAction),
}


class _Hooks:
    def __init__(self, state: ApiState, given: Mapping[str, Any]) -> None:
        self._state, self._given = state, given
        self.most = int(given.get("maxHookRetries", 10))

    async def before(self, call: ToolCall, context: HookContext) -> ToolCall | ToolOutcome | None:
        said = await self._ask("beforeToolCall", call, context)
        if said.get("action") == "abort" or said.get("abort") is True:
            reason = str(said.get("error") or "aborted by beforeToolCall")
            return ToolOutcome(call.id, "refused", error=reason, code="TOOL_ABORTED")
        inner = said.get("call")
        changed = _changed(call, inner) if isinstance(inner, dict) else call
        return _changed(changed, said)

    async def after(self, call: ToolCall, outcome: ToolOutcome, context: HookContext) -> ToolOutcome | None:
        result = {**_result(outcome), "durationMs": round(context.elapsed * 1000)}
        said = await self._ask("afterToolCall", call, context, result=result)
        if said.get("action") == "abort" or said.get("abort") is True:
            reason = str(said.get("error") or "aborted by afterToolCall")
            return replace(outcome, status="error", error=reason, code="TOOL_ABORTED", result=None)
        if said.get("error"):
            return replace(outcome, status="error", error=str(said["error"]), code="TOOL_FAILED", result=None)
        if "result" in said:
            result = result_of("afterToolCall", said["result"])
            return replace(outcome, status="ok", result=result, error="", code="")
        return None

    async def error(
        self, call: ToolCall, outcome: ToolOutcome, context: HookContext
    ) -> HookAction | Retry | None:
        own = context.retry_after
        said = await self._ask(
            "onToolError", call, context, result=_result(outcome), error=outcome.error,
            attempt=context.attempt - 1, maxRetries=self.most,
            defaultRetry=own is not None, defaultBackoffMs=round((own or 0) * 1000),
        )  # fmt: skip
        action = _action(said)
        if action == HookAction.RETRY:
            return Retry(_pause(said.get("backoffMs"), own or 0.0))
        return HookAction(action) if action else None

    async def _ask(self, hook: str, call: ToolCall, context: ToolContext, **more: Any) -> dict[str, Any]:
        facts = tool_context_of(context.run, call.name, call.id)
        about: dict[str, Any] = {
            key: facts[key]
            for key in ("timestampMs", "sessionId", "inferenceId", "turnId", "tags")
            if key in facts
        }
        payload: dict[str, Any] = {
            "phase": hook,
            "call": {"id": call.id, "name": call.name, "args": dict(call.arguments)},
            **about,
        }
        found = await call_js(self._given[hook], {**payload, **more})
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise _slip(f"it returned {kind_of(found)}, expected an object or nothing", call)
        if found.get("action") and found["action"] not in _ACTIONS[hook]:
            known = ", ".join(_ACTIONS[hook])
            raise _slip(f"it returned the action {found['action']!r}, expected one of: {known}", call)
        return found


def _slip(message: str, call: ToolCall) -> ToolError:
    return ToolError(message, code="TOOL_HOOK_FAILED", subject=call.name)


def _changed(call: ToolCall, said: Mapping[str, Any]) -> ToolCall:
    """Return a call with the id, the name and the arguments that a hook gave; what it left out stays."""
    arguments = said.get("args", said.get("arguments"))
    return replace(
        call,
        id=_text(said.get("id")) or call.id,
        name=_text(said.get("name")) or call.name,
        arguments=call.arguments if arguments is None else arguments,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) and value.strip() else ""


def _action(said: Mapping[str, Any]) -> str:
    """Return what a hook wants done about a failure: by `action`, else by the older flags."""
    if said.get("action"):
        return str(said["action"])
    if said.get("abort"):
        return HookAction.ABORT
    retry = said.get("retry")
    return "" if retry is None else HookAction.RETRY if retry else HookAction.CONTINUE


def _pause(milliseconds: Any, default: float) -> float:
    """Return a hook's `backoffMs` in seconds; what is no time is the default, less than nothing is nothing."""
    if isinstance(milliseconds, bool) or not isinstance(milliseconds, (int, float)):
        return default
    return max(0.0, milliseconds / 1000) if math.isfinite(milliseconds) else default


def _result(outcome: ToolOutcome) -> dict[str, Any]:
    return {"value": outcome.result, "error": outcome.error or None, "status": outcome.status}
