"""Content at this API: the parts of a user's message and of a tool's result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.provider import result_text, unsupported_content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.turns import Block

__all__ = ["cache_mark", "result_content", "user_content"]

_API = "Anthropic Messages"
_TEXTS = frozenset({"text/plain", "text/markdown", "text/csv", "text/html"})


def user_content(text: str, parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the content blocks of a user block, its text first; a blank text is none."""
    found = [_part(part) for part in parts]
    return [{"type": "text", "text": text}, *found] if text.strip() else found


def result_content(block: Block) -> dict[str, Any]:
    """Return `content` and `is_error` of a tool's result."""
    parts = [_part(part) for part in block.payload.get("parts") or ()]
    result, error = block.payload.get("result"), block.payload.get("error")
    text = result_text(block) if error or result is not None or not parts else ""
    content: Any = [*([{"type": "text", "text": text}] if text.strip() else []), *parts] if parts else text
    found: dict[str, Any] = {"content": content} if content else {}
    return {**found, "is_error": True} if error else found


def cache_mark(block: Block) -> dict[str, Any]:
    """Return the cache breakpoint that a block asks for with its payload `cache_control`: a length of time, or as sent."""
    wanted = block.payload.get("cache_control")
    if not wanted:
        return {}
    mark = {"type": "ephemeral", "ttl": wanted} if isinstance(wanted, str) else dict(wanted)
    return {"cache_control": mark}


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(part.get("type"))
    reader = _PARTS.get(kind)
    if reader is None:
        raise unsupported_content(_API, part, f"this API takes {', '.join(_PARTS)}")
    found = reader(part)
    mark = part.get("cache_control")
    return {**found, "cache_control": dict(mark)} if mark else found


def _text(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": str(part.get("text") or "")}


def _image(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "image", "source": _source(part, "image/png")}


def _document(part: Mapping[str, Any]) -> dict[str, Any]:
    source = _source(part, "application/pdf")
    if source["type"] == "base64" and str(part.get("media_type") or "").partition(";")[0] in _TEXTS:
        import base64

        plain = base64.b64decode(part["data"]).decode("utf-8", "replace")
        source = {"type": "text", "media_type": "text/plain", "data": plain}
    found: dict[str, Any] = {"type": "document", "source": source}
    title = part.get("title") or part.get("name")
    if title:
        found["title"] = title
    if part.get("context"):
        found["context"] = part["context"]
    if part.get("citations"):
        found["citations"] = {"enabled": True}
    return found


def _source(part: Mapping[str, Any], media_type: str) -> dict[str, Any]:
    if part.get("file_id"):
        return {"type": "file", "file_id": part["file_id"]}
    if part.get("url"):
        return {"type": "url", "url": part["url"]}
    if part.get("text") and part.get("type") == "document":
        return {"type": "text", "media_type": "text/plain", "data": part["text"]}
    if not part.get("data"):
        raise unsupported_content(_API, part, "give it as data, as a URL, or as a file_id")
    return {"type": "base64", "media_type": part.get("media_type") or media_type, "data": part["data"]}


def _search_result(part: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in part.items() if name != "cache_control"}


_PARTS = {"text": _text, "image": _image, "document": _document, "search_result": _search_result}
