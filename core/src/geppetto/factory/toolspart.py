"""The part `/tools` of a run: the names of the tools, and how they are offered, run and repeated."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from geppetto.config import Source
from geppetto.engine.inference import ToolConfig
from geppetto.inference.spec import ToolLoopConfig

if TYPE_CHECKING:
    from geppetto.config.document import Document

__all__ = ["TOOLS", "tool_options", "tools_source"]

_NUMBER: dict[str, Any] = {"type": "number", "minimum": 0}
_NAMES: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
_LIFTED: dict[str, Any] = {**_NAMES, "type": ["array", "null"]}
#: JSON Schema of the part
TOOLS: dict[str, Any] = {
    "type": "object",
    "properties": {
        "names": {
            **_LIFTED,
            "description": "The tools that are offered; an empty list offers none, null takes back a lower layer's.",
        },
        "enabled": {"type": "boolean"},
        "tool_choice": {"type": "string", "description": "auto, none, required, or the name of a tool."},
        "execution_timeout": {
            "type": ["number", "null"],
            "minimum": 0,
            "description": "Seconds for one call.",
        },
        "max_parallel_tools": {"type": "integer", "minimum": 1},
        "allowed_tools": {
            **_LIFTED,
            "description": "The only tools that may be called; null lifts the limit of a lower layer.",
        },
        "tool_error_handling": {"type": "string", "enum": ["continue", "abort", "retry"]},
        "retry": {
            "type": "object",
            "properties": {
                "max_retries": {"type": "integer", "minimum": 0},
                "backoff_base": _NUMBER,
                "backoff_factor": _NUMBER,
            },
            "additionalProperties": False,
        },
        "max_iterations": {
            "type": "integer",
            "minimum": 1,
            "description": "How often the tool loop may go round.",
        },
        "repeat_limit": {
            "type": "integer",
            "minimum": 1,
            "description": "How many replies may make one call that fails.",
        },
        "max_total_tokens": {
            "type": ["integer", "null"],
            "minimum": 1,
            "description": "Tokens of all calls of the engine, after which the tool loop ends.",
        },
        "max_cost": {
            **_NUMBER,
            "type": ["number", "null"],
            "description": "US dollars, after which the tool loop ends.",
        },
    },
    "additionalProperties": False,
}


def tools_source(document: Document) -> Source:
    """Return what a document says about tools; a list is short for the names."""
    values = document.values.get("tools")
    if not isinstance(values, (list, tuple)):
        return document.part("tools")
    line = document.lines.get("/tools")
    lines = {"/names": line} if line else {}
    return Source(document.name, document.layer, {"names": list(values)}, document.file, lines)


def tool_options(values: dict[str, Any]) -> tuple[ToolConfig, ToolLoopConfig]:
    """Return what the resolved part means for a run."""
    loop = {name: values[name] for name in (f.name for f in fields(ToolLoopConfig)) if name in values}
    config = {name: values[name] for name in (f.name for f in fields(ToolConfig)) if name in values}
    return ToolConfig(**config), ToolLoopConfig(**loop)
