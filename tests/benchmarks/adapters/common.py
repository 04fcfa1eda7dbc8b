"""The one question and the one tool that every contestant is given."""

from __future__ import annotations

from typing import Any

__all__ = ["MESSAGES", "MODEL", "PROMPT", "REPLY", "TOOL", "get_weather"]

MODEL = "gpt-4o-mini"
PROMPT = "Say something short."
REPLY = "ok"  # what models without a network say
MESSAGES: list[Any] = [{"role": "user", "content": PROMPT}]
_PARAMETERS = {
    "type": "object",
    "properties": {"city": {"type": "string"}, "days": {"type": "integer"}},
    "required": ["city", "days"],
}
TOOL: Any = {
    "type": "function",
    "function": {"name": "get_weather", "description": "Tell the weather.", "parameters": _PARAMETERS},
}


def get_weather(city: str, days: int) -> str:
    """Tell the weather.

    Args:
        city: which city
        days: how many days
    """
    return f"{days} days of sun in {city}"
