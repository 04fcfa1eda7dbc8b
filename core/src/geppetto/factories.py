"""`geppetto.factories`: sessions from profiles, and patches of their middlewares."""

from __future__ import annotations

from typing import Any

from geppetto.default import default_host
from geppetto.factory import ComposedFactory, ComposedPlan, MiddlewarePatch, MiddlewarePatchBuilder

__all__ = ["ComposedPlan", "MiddlewarePatch", "create_engine_factory", "middleware_patch"]


def create_engine_factory(**options: Any) -> ComposedFactory:
    """Return what makes plans, builders, sessions and engines from profiles (see `Host.create_engine_factory`)."""
    return default_host().create_engine_factory(**options)


def middleware_patch() -> MiddlewarePatchBuilder:
    """Start a patch of a chain of middlewares; end with `.build()`."""
    return MiddlewarePatchBuilder()
