"""Tools and tool hooks of a script as those of the host (003 §36, §54; reference, "Hooks")."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from geppetto import ToolDefinition, ToolHooks, ToolOutcome
from geppetto.errors import GeppettoError, ToolError
from geppetto.turns import HookAction, ToolCall

from geppetto_js.api.calling import call as call_js
from geppetto_js.api.context import tool_context_of
from geppetto_js.api.state import denied
from geppetto_js.api.words import seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto import ToolContext

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
            return await call_js(handler, arguments, facts)
        except GeppettoError as error:
            raise ToolError(
                f"js tool {name}: {error}", code="TOOL_FAILED", subject=name, details={"code": error.code}
            ) from error

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


def js_hooks(state: ApiState, given: Mapping[str, Any]) -> ToolHooks:
    """Return the hooks of a script; `failOpen` goes on without a hook that fails."""
    hooks = _Hooks(state, given)
    return ToolHooks(
        before_tool_call=hooks.before if "beforeToolCall" in given else None,
        after_tool_call=hooks.after if "afterToolCall" in given else None,
        on_tool_error=hooks.error if "onToolError" in given else None,
        on_hook_error=HookAction.CONTINUE if given.get("failOpen") else HookAction.ABORT,
    )


class _Hooks:
    def __init__(self, state: ApiState, given: Mapping[str, Any]) -> None:
        self._state, self._given = state, given
        self._most = int(given.get("maxHookRetries", 10))
        self._retries: dict[str, int] = {}

    async def before(self, call: ToolCall, context: ToolContext) -> ToolCall | ToolOutcome | None:
        said = await self._ask("beforeToolCall", call, context)
        if said.get("action") == "abort" or said.get("abort") is True:
            reason = str(said.get("error") or "aborted by beforeToolCall")
            return ToolOutcome(call.id, "refused", error=reason, code="TOOL_ABORTED")
        inner = said.get("call")
        changed: dict[str, Any] = inner if isinstance(inner, dict) else said
        arguments = changed.get("args", changed.get("arguments"))
        name = changed.get("name")
        if name is None and arguments is None:
            return None
        return replace(
            call,
            name=call.name if name is None else str(name),
            arguments=call.arguments if arguments is None else arguments,
        )

    async def after(self, call: ToolCall, outcome: ToolOutcome, context: ToolContext) -> ToolOutcome | None:
        said = await self._ask("afterToolCall", call, context, result=_result(outcome))
        self._retries.pop(call.id, None)
        if said.get("action") == "abort" or said.get("abort") is True:
            reason = str(said.get("error") or "aborted by afterToolCall")
            return replace(outcome, status="error", error=reason, code="TOOL_ABORTED", result=None)
        if said.get("error"):
            return replace(outcome, status="error", error=str(said["error"]), code="TOOL_FAILED", result=None)
        if "result" in said:
            return replace(outcome, status="ok", result=said["result"], error="", code="")
        return None

    async def error(self, call: ToolCall, outcome: ToolOutcome, context: ToolContext) -> HookAction | None:
        attempt = self._retries.get(call.id, 0)
        said = await self._ask(
            "onToolError", call, context, result=_result(outcome), error=outcome.error, attempt=attempt,
            maxRetries=self._most,
        )  # fmt: skip
        action = said.get("action") or (
            "abort" if said.get("abort") else "retry" if said.get("retry") else ""
        )
        if said.get("retry") is False:
            action = "continue"
        if action == "retry" and attempt < self._most:
            self._retries[call.id] = attempt + 1
            await asyncio.sleep(seconds(said.get("backoffMs")) or 0)
            return HookAction.RETRY
        if action == "retry":
            return HookAction.CONTINUE
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
            raise TypeError(f"it returned {type(found).__name__}, expected an object or nothing")
        return found


def _result(outcome: ToolOutcome) -> dict[str, Any]:
    return {"value": outcome.result, "error": outcome.error or None, "status": outcome.status}
