"""The key of a request: the same for requests that must get the same reply, and for no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.turns.canonical import canonical_blocks, digest

if TYPE_CHECKING:
    from geppetto.engine import RunContext
    from geppetto.tooling import ToolDefinition
    from geppetto.turns import Turn

__all__ = ["FORMAT", "key_of"]

#: the version of keys and entries: what an older one wrote is not found any more
FORMAT = 1


def key_of(ctx: RunContext, turn: Turn, identity: str, namespace: str = "") -> str:
    """Return the key of what an engine is asked; `identity` says who it is.

    Everything that an engine can see counts, but ids and the turn's metadata, which tells of earlier runs. Raises TypeError
    or ValueError for what is no JSON, such as a value that code put into the options.
    """
    return digest(
        {
            "format": FORMAT,
            "namespace": namespace,
            "engine": identity,
            "inference": ctx.inference.to_json(),
            "tools": [_offered(tool) for tool in ctx.tools],
            "tool_config": ctx.tool_config.to_json(),
            "blocks": canonical_blocks(turn.blocks, metadata=True),
            "data": turn.data.to_json(),
        }
    )


def _offered(tool: ToolDefinition) -> dict[str, Any]:
    return {"name": tool.name, "description": tool.description, "parameters": dict(tool.parameters)}
