"""`geppetto.schemas`: what can be configured: the JSON Schemas of middlewares and of profile extensions."""

from __future__ import annotations

from typing import Any

from geppetto.default import default_host
from geppetto.factory import schema

__all__ = ["list_extensions", "list_middlewares"]


def list_middlewares() -> list[dict[str, Any]]:
    """Return name, version, display_name, description and schema of each middleware, sorted by name."""
    return schema.list_middlewares(default_host().offered)


def list_extensions() -> list[dict[str, Any]]:
    """Return key, display_name, description and schema of each extension, sorted by key."""
    return schema.list_extensions(default_host().offered)
