"""The list of models that OpenAI and compatible hosts give at /models; hosts tell more about each than OpenAI does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.catalog import ModelInfo

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_models"]

#: names that hosts have for the context window (OpenRouter and vLLM, Groq, Mistral)
_WINDOW = ("context_length", "max_model_len", "context_window", "max_context_length")
_OUTPUT = ("max_completion_tokens", "max_output_tokens")


def read_models(vendor: str, page: Any) -> tuple[list[ModelInfo], str | None]:
    """Return the models of the one page that there is."""
    return [_model(vendor, item) for item in page["data"]], None


def _model(vendor: str, item: Mapping[str, Any]) -> ModelInfo:
    top: Mapping[str, Any] = item.get("top_provider") or {}
    reads = (item.get("architecture") or {}).get("input_modalities")
    return ModelInfo(
        vendor=vendor,
        name=str(item["id"]),
        display_name=str(item.get("name") or ""),
        context_window=_count(item, _WINDOW),
        max_output=_count({**item, **top}, _OUTPUT),
        modalities=tuple(word for word in reads if word != "text") if reads else None,
        source="live",
    )


def _count(item: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    found = (item[name] for name in names if isinstance(item.get(name), int))
    return next(found, None)
