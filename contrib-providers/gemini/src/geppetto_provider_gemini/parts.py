"""Parts on their way to this API: what a user shows, and what a tool answered."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from geppetto.provider import unsupported_content

from geppetto_provider_gemini.address import file_uri

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from geppetto.turns import Block

__all__ = ["PartWriter", "media_level"]

_API = "Gemini"
_MEDIA = ("image", "document", "audio", "video")
#: what a part may say about a film -> the vendor's name; its own names pass
_FILM = {"start_offset": "startOffset", "end_offset": "endOffset"}
_LEVEL = "MEDIA_RESOLUTION_"


class PartWriter:
    """Write parts; `base` is where uploaded files have their address.

    `media_in_results` are the media types that the model reads inside a function response; others follow it.
    """

    def __init__(self, base: str, *, media_in_results: Sequence[str] = ()) -> None:
        self._base, self._media_in_results = base, frozenset(media_in_results)

    def user(self, text: str, parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """Return the parts of a user block; raise EncodeError for one that this API cannot take."""
        return [*([{"text": text}] if text else []), *(self._part(part) for part in parts)]

    def media(self, part: Mapping[str, Any]) -> dict[str, Any]:
        """Return an image, document, sound or film as data or as the address of a file."""
        found = self._source(part)
        if part.get("video_metadata"):
            film = part["video_metadata"].items()
            found["videoMetadata"] = {_FILM.get(name, name): value for name, value in film}
        if part.get("media_resolution"):
            found["mediaResolution"] = {"level": media_level(part["media_resolution"])}
        return found

    def result(self, name: str, call_id: str, block: Block) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """Return the response to a call, and the parts that follow it; the id goes back only where one came."""
        parts = list(block.payload.get("parts") or ())
        shown = [self.media(part) for part in parts if part.get("type") != "text"]
        texts = [str(part.get("text") or "") for part in parts if part.get("type") == "text"]
        function: dict[str, Any] = {"name": name, "response": _response(block, texts, bare=bool(shown))}
        if call_id:
            function["id"] = call_id
        inside = [found for found in shown if _media_type(found) in self._media_in_results]
        if inside:
            function["parts"] = inside
        return {"functionResponse": function}, [found for found in shown if found not in inside]

    def _part(self, part: Mapping[str, Any]) -> dict[str, Any]:
        kind = part.get("type")
        if kind == "text":
            return {"text": str(part.get("text") or "")}
        if kind not in _MEDIA:
            raise unsupported_content(_API, part, f"this API takes text, {', '.join(_MEDIA)}")
        return self.media(part)

    def _source(self, part: Mapping[str, Any]) -> dict[str, Any]:
        media_type = str(part.get("media_type") or "")
        if part.get("data"):
            if not media_type:
                raise unsupported_content(_API, part, "say its media_type")
            return {"inlineData": {"mimeType": media_type, "data": part["data"]}}
        address = str(part.get("url") or file_uri(self._base, str(part.get("file_id") or "")))
        if not address:
            raise unsupported_content(_API, part, "give its data, a url or a file_id")
        media_type = media_type or mimetypes.guess_type(urlsplit(address).path)[0] or ""
        file = {"fileUri": address}
        return {"fileData": {**file, "mimeType": media_type} if media_type else file}


def media_level(word: str) -> str:
    """Return the vendor's word for a resolution; `low` and the word itself are taken alike."""
    upper = word.upper()
    return upper if upper.startswith(_LEVEL) else f"{_LEVEL}{upper}"


def _media_type(part: Mapping[str, Any]) -> str:
    source = part.get("inlineData") or part.get("fileData") or {}
    return str(source.get("mimeType") or "")


def _response(block: Block, texts: list[str], *, bare: bool) -> dict[str, Any]:
    """Return what a tool answered as an object, the only shape that this API takes."""
    result, error = block.payload.get("result"), block.payload.get("error")
    if error:
        return {"error": str(error)}
    if texts:
        return (
            {"result": "\n".join(texts)} if result is None else {"result": result, "text": "\n".join(texts)}
        )
    if result is None and bare:
        return {}
    return result if isinstance(result, dict) else {"result": result}
