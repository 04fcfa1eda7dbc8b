"""Tool hooks: what a host may rewrite, refuse or repeat around each tool call."""

from __future__ import annotations

import logging
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from geppetto.errors import GeppettoError, InvalidOption, ToolError
from geppetto.given import check, function, optional
from geppetto.middleware.bridge import call_plain, is_async
from geppetto.tooling.definition import ToolOutcome
from geppetto.turns import HookAction, ToolCall

if TYPE_CHECKING:
    from collections.abc import Callable

    from geppetto.threads import Threads
    from geppetto.tooling.definition import HookContext

__all__ = ["Retry", "ToolHooks"]

_HOOK = optional(function("a callable that takes the call"))
_log = logging.getLogger("geppetto.tools")


@dataclass(slots=True, frozen=True)
class Retry:
    """What an error hook gives to try again after a pause of its own, in seconds."""

    pause: float = 0.0

    def __post_init__(self) -> None:
        if not 0 <= self.pause < math.inf:
            raise InvalidOption(f"pause: expected seconds of at least 0, got {self.pause!r}", subject="pause")


@dataclass(slots=True, frozen=True)
class ToolHooks:
    """Callbacks around a call; async or plain (plain ones run on the host's threads).

    `before_tool_call(call, context)` gives None, a changed ToolCall, or a ToolOutcome that stands for the call. A changed
    id is what the handler and the later hooks see; the answer keeps the id that the model gave. A call that a human has
    approved (`call.approval`) is not held again: `ToolOutcome.pending` is passed over for it.
    `after_tool_call(call, outcome, context)` gives None or a changed ToolOutcome.
    `on_tool_error(call, outcome, context)` gives None or a HookAction for this failure, whatever the configuration says;
    `Retry(seconds)` is `retry` with a pause of its own. `max_retries` is how many retries a hook may ask for in one call;
    None is the configuration's. After them the configuration says what the failure does.
    `on_hook_error` says what a hook's own failure does: `abort` fails the call (the default), `continue` goes on
    without the hook, `retry` calls the hook once more and then fails the call.
    """

    before_tool_call: Callable[..., Any] | None = None
    after_tool_call: Callable[..., Any] | None = None
    on_tool_error: Callable[..., Any] | None = None
    on_hook_error: str = HookAction.ABORT.value
    max_retries: int | None = None

    def __post_init__(self) -> None:
        for name in ("before_tool_call", "after_tool_call", "on_tool_error"):
            check(name, getattr(self, name), _HOOK)
        if self.on_hook_error not in list(HookAction):
            raise InvalidOption(f"invalid on_hook_error {self.on_hook_error!r}", subject="on_hook_error")

    async def before(
        self, threads: Threads, call: ToolCall, context: HookContext
    ) -> ToolCall | ToolOutcome | None:
        """Run the before hook."""
        found: ToolCall | ToolOutcome | None = await self._run(
            threads, "beforeToolCall", self.before_tool_call, (ToolCall, ToolOutcome), call, context
        )
        return found

    async def after(
        self, threads: Threads, call: ToolCall, outcome: ToolOutcome, context: HookContext
    ) -> ToolOutcome | None:
        """Run the after hook."""
        found: ToolOutcome | None = await self._run(
            threads, "afterToolCall", self.after_tool_call, (ToolOutcome,), call, outcome, context
        )
        return found

    async def action(
        self, threads: Threads, call: ToolCall, outcome: ToolOutcome, context: HookContext
    ) -> HookAction | Retry | None:
        """Run the error hook and read its action."""
        found: HookAction | Retry | None = await self._run(
            threads, "onToolError", self.on_tool_error, (HookAction, Retry), call, outcome, context
        )
        return found

    async def _run(
        self,
        threads: Threads,
        title: str,
        hook: Callable[..., Any] | None,
        gives: tuple[type, ...],
        *args: Any,
    ) -> Any:
        if hook is None:
            return None
        tries = 2 if self.on_hook_error == HookAction.RETRY else 1
        for left in reversed(range(tries)):
            try:
                return _checked(await _call(threads, hook, args), gives)
            except (Exception, SystemExit) as error:
                if left:
                    continue
                if self.on_hook_error == HookAction.CONTINUE:
                    own = isinstance(error, GeppettoError)  # says itself what is wrong
                    _log.warning(
                        "the %s hook failed; the call goes on without it: %s", title, error, exc_info=not own
                    )
                    return None
                raise ToolError(
                    f"{title} hook: {error}", code="TOOL_HOOK_FAILED", subject=args[0].name
                ) from error
        return None


async def _call(threads: Threads, hook: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    if is_async(hook):
        return await hook(*args)
    return await call_plain(threads, hook, args)


def _checked(found: Any, gives: tuple[type, ...]) -> Any:
    """Return what a hook gave; raise for what it must not give, so that a slip does not pass for consent."""
    if isinstance(found, str) and HookAction in gives:
        return HookAction(found)
    if found is None or isinstance(found, gives):
        return found
    wanted = " or ".join(kind.__name__ for kind in gives)
    raise TypeError(f"it returned {type(found).__name__}, expected {wanted} or None")
