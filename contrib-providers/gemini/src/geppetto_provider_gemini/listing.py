"""The vendor's list of models, page by page (ai.google.dev/api/models)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from geppetto.catalog import ModelInfo

__all__ = ["models_page", "read_models"]

_PAGE_SIZE = 1000
_GENERATES = "generateContent"


def models_page(base: str, token: str = "") -> str:
    """Return the address of a page of the list."""
    parts = urlsplit(base)
    wanted = {"pageSize": _PAGE_SIZE, **({"pageToken": token} if token else {})}
    query = "&".join(text for text in (parts.query, urlencode(wanted)) if text)
    return parts._replace(path=f"{parts.path}/models", query=query).geturl()


def read_models(base: str, page: Any) -> tuple[list[ModelInfo], str | None]:
    """Return the models of a page that generate content, and the address of the next page."""
    found = [
        ModelInfo(
            vendor="google",
            name=str(item["name"]).removeprefix("models/"),
            display_name=str(item.get("displayName") or ""),
            context_window=item.get("inputTokenLimit"),
            max_output=item.get("outputTokenLimit"),
            source="live",
        )
        for item in page["models"]
        if _GENERATES in (item.get("supportedGenerationMethods") or [_GENERATES])
    ]
    token = page.get("nextPageToken")
    return found, models_page(base, str(token)) if token else None
