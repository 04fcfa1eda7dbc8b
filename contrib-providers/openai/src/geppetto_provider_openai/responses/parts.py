"""Content at this API: input_text, input_image and input_file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.provider import data_url, unsupported_content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["input_parts"]


def input_parts(text: str, parts: Sequence[Mapping[str, Any]]) -> Any:
    """Return the content of a user message or a tool's output: plain text where there is nothing else."""
    found = [_part(part) for part in parts]
    if not found:
        return text
    return [{"type": "input_text", "text": text}, *found] if text else found


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    kind = str(part.get("type"))
    if kind == "text":
        return {"type": "input_text", "text": str(part.get("text") or "")}
    if kind == "image":
        return _image(part)
    if kind == "document":
        return _file(part)
    raise unsupported_content("OpenAI Responses", part, "this API takes text, image, document")


def _image(part: Mapping[str, Any]) -> dict[str, Any]:
    image: dict[str, Any] = {"type": "input_image", "detail": part.get("detail") or "auto"}
    if part.get("file_id"):
        return {**image, "file_id": part["file_id"]}
    url = part.get("url") or (data_url(part) if part.get("data") else None)
    if not url:
        raise unsupported_content("OpenAI Responses", part, "give the image as a URL, as data, or a file_id")
    return {**image, "image_url": url}


def _file(part: Mapping[str, Any]) -> dict[str, Any]:
    if part.get("file_id"):
        return {"type": "input_file", "file_id": part["file_id"]}
    if part.get("url"):
        return {"type": "input_file", "file_url": part["url"]}
    if not part.get("data"):
        raise unsupported_content(
            "OpenAI Responses", part, "give the document as a URL, as data, or a file_id"
        )
    subtype = str(part.get("media_type") or "").partition("/")[2] or "bin"
    name = part.get("name") or f"document.{subtype}"
    return {"type": "input_file", "filename": name, "file_data": data_url(part)}
