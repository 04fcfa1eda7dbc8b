"""Calls of a script's functions from the host's event loops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geppetto_js.values.handles import JsFunction

__all__ = ["call"]


async def call(function: JsFunction, *values: Any) -> Any:
    """Call a function of a script and wait for what it promises."""
    return await function.call_async(*values)
