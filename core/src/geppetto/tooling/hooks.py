"""Tool hooks: what a host may rewrite, refuse or repeat around each tool call."""

from __future__ import annotations

import inspect
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.errors import InvalidOption, ToolError
from geppetto.middleware.bridge import call_plain, is_async
from geppetto.turns import HookAction

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto.threads import Threads
    from geppetto.tooling.definition import ToolContext, ToolOutcome
    from geppetto.turns import ToolCall

__all__ = ["ToolHooks"]

_log = logging.getLogger("geppetto.tools")


@dataclass(slots=True, frozen=True)
class ToolHooks:
    """Callbacks around a call; async or plain (plain ones run on the host's threads).

    `before_tool_call(call, context)` gives None, a changed ToolCall, or a ToolOutcome that stands for the call.
    `after_tool_call(call, outcome, context)` gives None or a changed ToolOutcome.
    `on_tool_error(call, outcome, context)` gives None or a HookAction for this failure.
    `on_hook_error` says what a hook's own failure does: `abort` fails the call (the default), `continue` goes on
    without the hook, `retry` calls the hook once more and then fails the call.
    """

    before_tool_call: Callable[..., Any] | None = None
    after_tool_call: Callable[..., Any] | None = None
    on_tool_error: Callable[..., Any] | None = None
    on_hook_error: str = HookAction.ABORT.value

    def __post_init__(self) -> None:
        if self.on_hook_error not in list(HookAction):
            raise InvalidOption(f"invalid on_hook_error {self.on_hook_error!r}", subject="on_hook_error")

    async def before(self, threads: Threads, call: ToolCall, context: ToolContext) -> Any:
        """Run the before hook."""
        return await self._run(threads, "beforeToolCall", self.before_tool_call, call, context)

    async def after(
        self, threads: Threads, call: ToolCall, outcome: ToolOutcome, context: ToolContext
    ) -> Any:
        """Run the after hook."""
        return await self._run(threads, "afterToolCall", self.after_tool_call, call, outcome, context)

    async def action(
        self, threads: Threads, call: ToolCall, outcome: ToolOutcome, context: ToolContext
    ) -> HookAction | None:
        """Run the error hook and read its action."""
        found = await self._run(threads, "onToolError", self.on_tool_error, call, outcome, context)
        return None if found is None else HookAction(found)

    async def _run(self, threads: Threads, title: str, hook: Callable[..., Any] | None, *args: Any) -> Any:
        if hook is None:
            return None
        tries = 2 if self.on_hook_error == HookAction.RETRY else 1
        for left in reversed(range(tries)):
            try:
                return await _call(threads, hook, args)
            except Exception as error:
                if left:
                    continue
                if self.on_hook_error == HookAction.CONTINUE:
                    _log.exception("the %s hook failed; the call goes on without it", title)
                    return None
                raise ToolError(
                    f"{title} hook: {error}", code="TOOL_HOOK_FAILED", subject=args[0].name
                ) from error
        return None


async def _call(threads: Threads, hook: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    if is_async(hook):
        return await hook(*args)
    result = await call_plain(threads, hook, args)
    return await result if inspect.isawaitable(result) else result
