"""The run as a callback of a script sees it: ids, time, tags, deadline (003 §32.5)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geppetto import RunContext

__all__ = ["context_of", "tool_context_of"]


def context_of(ctx: RunContext) -> dict[str, Any]:
    """Return what a middleware or an engine gets as `ctx`; ids and tags only where there are any."""
    remaining = ctx.remaining()
    now = int(time.time() * 1000)
    found: dict[str, Any] = {
        "middlewareName": ctx.middleware_name,
        "timestampMs": now,
        "sessionId": ctx.session_id,
        "inferenceId": ctx.inference_id,
        "turnId": ctx.turn_id,
        "traceId": ctx.trace_id,
        "tags": dict(ctx.tags),
        "deadlineMs": None if remaining is None else now + int(remaining * 1000),
    }
    return {"extra": dict(ctx.extra), "iteration": ctx.iteration, **{k: v for k, v in found.items() if v}}


def tool_context_of(ctx: RunContext, name: str, call_id: str, attempt: int = 1) -> dict[str, Any]:
    """Return what a tool handler gets as its second argument."""
    found = context_of(ctx)
    found.pop("middlewareName", None)
    return {**found, "toolName": name, "callId": call_id, "callName": name, "attempt": attempt}
