"""Content at this API: the parts of a message and the text of a tool's result."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geppetto.errors import EncodeError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.turns import Block

__all__ = ["compact", "result_text", "split_result", "user_content"]

_AUDIO_FORMATS = {"mpeg": "mp3", "x-wav": "wav", "wave": "wav", "vnd.wave": "wav"}


def compact(value: Any) -> str:
    """Return a JSON value as text without blanks, as models write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


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


def result_text(block: Block) -> str:
    """Return a tool's answer as text: an error as it is, a text as it is, everything else as JSON."""
    error, result = block.payload.get("error"), block.payload.get("result")
    if error:
        return str(error)
    return result if isinstance(result, str) else compact(result)


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    kind = part.get("type")
    reader = _PARTS.get(str(kind))
    if reader is None:
        raise _unsupported(part, f"this API takes {', '.join(_PARTS)}")
    return reader(part)


def _text(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "text", "text": str(part.get("text") or "")}


def _image(part: Mapping[str, Any]) -> dict[str, Any]:
    url = part.get("url") or (_data_url(part) if part.get("data") else None)
    if not url:
        raise _unsupported(part, "give the image as a URL or as data")
    image = {"url": url}
    if part.get("detail"):
        image["detail"] = part["detail"]
    return {"type": "image_url", "image_url": image}


def _document(part: Mapping[str, Any]) -> dict[str, Any]:
    if part.get("file_id"):
        return {"type": "file", "file": {"file_id": part["file_id"]}}
    if not part.get("data"):
        raise _unsupported(part, "this API reads no document from a URL: give its data, or a file_id")
    name = part.get("name") or f"document.{_subtype(part)}"
    return {"type": "file", "file": {"filename": name, "file_data": _data_url(part)}}


def _audio(part: Mapping[str, Any]) -> dict[str, Any]:
    if not part.get("data"):
        raise _unsupported(part, "this API takes audio only as data")
    subtype = _subtype(part)
    heard = {"data": part["data"], "format": _AUDIO_FORMATS.get(subtype, subtype)}
    return {"type": "input_audio", "input_audio": heard}


_PARTS = {"text": _text, "image": _image, "document": _document, "audio": _audio}


def _data_url(part: Mapping[str, Any]) -> str:
    return f"data:{part.get('media_type') or 'application/octet-stream'};base64,{part['data']}"


def _subtype(part: Mapping[str, Any]) -> str:
    return str(part.get("media_type") or "").partition("/")[2].partition(";")[0] or "bin"


def _unsupported(part: Mapping[str, Any], next_step: str) -> EncodeError:
    kind = str(part.get("type"))
    return EncodeError(
        f"OpenAI Chat Completions cannot take this {kind} part",
        code="UNSUPPORTED_CONTENT",
        subject=kind,
        next_step=next_step,
    )
