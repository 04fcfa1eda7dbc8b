"""The built-in tools: a calculator and a clock."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from geppetto.builtin.arithmetic import compute
from geppetto.tooling.definition import ToolDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.tooling.definition import ToolContext

__all__ = ["CALCULATOR", "CLOCK"]


async def _calculate(arguments: Mapping[str, Any], _context: ToolContext) -> int | float:
    return compute(arguments["expression"])


async def _now(arguments: Mapping[str, Any], _context: ToolContext) -> str:
    name = arguments.get("timezone", "UTC")
    return datetime.now(_zone(name)).isoformat(timespec="seconds")


def _zone(name: str) -> Any:
    if name.upper() == "UTC":
        return UTC
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        msg = f"there is no time zone {name!r}; use a name such as Europe/Berlin"
        raise ValueError(msg) from None


CALCULATOR = ToolDefinition(
    name="calculator",
    description="Compute an arithmetic expression of numbers, + - * / // % ** and brackets.",
    parameters={
        "type": "object",
        "properties": {"expression": {"type": "string", "description": "for example (2 + 3) * 4"}},
        "required": ["expression"],
        "additionalProperties": False,
    },
    handler=_calculate,
    version="1",
)

CLOCK = ToolDefinition(
    name="clock",
    description="Tell the current date and time (ISO 8601).",
    parameters={
        "type": "object",
        "properties": {
            "timezone": {"type": "string", "description": "IANA name such as Europe/Berlin; UTC without"}
        },
        "additionalProperties": False,
    },
    handler=_now,
    version="1",
)
