"""`geppetto.middlewares`: middlewares by name, the built-in ones, and how to name and time one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.default import default_host
from geppetto.middleware.chain import MiddlewareUse, bind
from geppetto.plugins.kinds import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["host", "logging", "names", "reorder_tool_results", "system_prompt", "use"]


def use(middleware: Any, *, name: str = "", timeout: float | None = None) -> MiddlewareUse:
    """Give a middleware a name for messages, and a timeout in seconds that counts its work and `call_next`."""
    return bind(middleware, 0, name=name, timeout=timeout)


def host(name: str, config: Mapping[str, Any] | None = None) -> MiddlewareUse:
    """Build an installed middleware by name."""
    return default_host().middleware(name, config)


def system_prompt(prompt: str) -> MiddlewareUse:
    """Make the middleware that puts one system block at the front of every request."""
    return host("systemPrompt", {"prompt": prompt})


def logging(**config: Any) -> MiddlewareUse:
    """Make the middleware that logs each engine call."""
    return host("logging", config)


def reorder_tool_results() -> MiddlewareUse:
    """Make the middleware that puts each tool result directly behind the calls it answers."""
    return host("reorderToolResults")


def names() -> list[str]:
    """Return the names of the installed middlewares."""
    return default_host().registry.names(Kind.MIDDLEWARE)
