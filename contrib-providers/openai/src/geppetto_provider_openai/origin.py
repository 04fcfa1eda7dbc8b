"""Where content of this vendor belongs: OpenAI itself or the compatible host, the API, the model."""

from __future__ import annotations

from geppetto.provider import Origin

__all__ = ["chat_origin", "is_openai", "responses_origin"]


def chat_origin(base_url: str, model: str) -> Origin:
    """Return the origin of a Chat Completions reply."""
    return Origin("openai", "chat.completions", base_url, model)


def responses_origin(base_url: str, model: str) -> Origin:
    """Return the origin of a Responses reply."""
    return Origin("openai", "responses", base_url, model)


def is_openai(origin: Origin) -> bool:
    """Say whether this is the vendor itself, not a compatible host."""
    return origin.host == "api.openai.com"
