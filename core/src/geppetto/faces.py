"""The functions that stand directly on `geppetto`: sessions and builders of the default host."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.default import default_host

if TYPE_CHECKING:
    from geppetto.inference.builder import Builder
    from geppetto.inference.session import Session
    from geppetto.turns import Turn

__all__ = ["create_builder", "create_session", "engine_builder", "run_inference"]


def create_session(*, engine: Any, **options: Any) -> Session:
    """Make a session on the default host (see `Host.create_session`)."""
    return default_host().create_session(engine=engine, **options)


def create_builder() -> Builder:
    """Start a fluent builder; end with `.build_session()`."""
    return default_host().builder()


def engine_builder() -> Builder:
    """Start a fluent builder; end with `.build()`."""
    return default_host().builder()


def run_inference(engine: Any, turn: Turn | str, **options: Any) -> Turn:
    """Run one turn on an engine, in plain code, and return it completed."""
    return default_host().create_session(engine=engine).run(turn, **options)
