"""Content at this API: the parts of a message and the text of a tool's result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.provider import data_url, result_text, subtype, unsupported_content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.turns import Block

__all__ = ["split_result", "user_content"]

_API = "OpenAI Chat Completions"
_AUDIO_FORMATS = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "vnd.wave": "wav"}


def user_content(text: str, parts: Sequence[Mapping[str, Any]]) -> str | list[dict[str, Any]]:
    """Return the content of a user message: plain text where there is nothing else."""
    found = [_part(part) for part in parts]
    if not found:
        return text
    return [{"type": "text", "text": text}, *found] if text else found


def split_result(block: Block) -> tuple[str, list[dict[str, Any]]]:
    """Return what a tool message can carry (text) and what must follow in a user message."""
    parts = list(block.payload.get("parts") or ())
    written = [str(part.get("text") or "") for part in parts if part.get("type") == "text"]
    shown = [_part(part) for part in parts if part.get("type") != "text"]
    result, error = block.payload.get("result"), block.payload.get("error")
    if error or result is not None or not parts:
        written.insert(0, result_text(block))
    return "\n".join(written) or "(attached below)", shown


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    kind = part.get("type")
    reader = _PARTS.get(str(kind))
    if reader is None:
        raise unsupported_content(_API, part, f"this API takes {', '.join(_PARTS)}")
    return reader(part)


def _text(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": str(part.get("text") or "")}


def _image(part: Mapping[str, Any]) -> dict[str, Any]:
    url = part.get("url") or (data_url(part) if part.get("data") else None)
    if not url:
        raise unsupported_content(_API, part, "give the image as a URL or as data")
    image = {"url": url}
    if part.get("detail"):
        image["detail"] = part["detail"]
    return {"type": "image_url", "image_url": image}


def _document(part: Mapping[str, Any]) -> dict[str, Any]:
    if part.get("file_id"):
        return {"type": "file", "file": {"file_id": part["file_id"]}}
    if not part.get("data"):
        raise unsupported_content(
            _API, part, "this API reads no document from a URL: give its data, or a file_id"
        )
    name = part.get("name") or f"document.{subtype(part)}"
    return {"type": "file", "file": {"filename": name, "file_data": data_url(part)}}


def _audio(part: Mapping[str, Any]) -> dict[str, Any]:
    if not part.get("data"):
        raise unsupported_content(_API, part, "this API takes audio only as data")
    kind = subtype(part)
    heard = {"data": part["data"], "format": _AUDIO_FORMATS.get(kind, kind)}
    return {"type": "input_audio", "input_audio": heard}


_PARTS = {"text": _text, "image": _image, "document": _document, "audio": _audio}
