"""Content on its way to a vendor: JSON without blanks, data URLs, a tool's answer as text."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from geppetto.errors import EncodeError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.turns import Block

__all__ = ["compact", "data_url", "result_text", "subtype", "unsupported_content"]


def compact(value: Any) -> str:
    """Return a JSON value as text without blanks, as models write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def result_text(block: Block) -> str:
    """Return a tool's answer as text: an error as it is, a text as it is, everything else as JSON."""
    error, result = block.payload.get("error"), block.payload.get("result")
    if error:
        return str(error)
    return result if isinstance(result, str) else compact(result)


def data_url(part: Mapping[str, Any]) -> str:
    """Return a part's base64 data as a data URL (RFC 2397)."""
    return f"data:{part.get('media_type') or 'application/octet-stream'};base64,{part['data']}"


def subtype(part: Mapping[str, Any]) -> str:
    """Return what stands behind the slash of a part's media type; `bin` when it is not told."""
    return str(part.get("media_type") or "").partition("/")[2].partition(";")[0] or "bin"


def unsupported_content(api: str, part: Mapping[str, Any], next_step: str) -> EncodeError:
    """Return the error for a part that an API cannot take."""
    kind = str(part.get("type"))
    return EncodeError(
        f"{api} cannot take this {kind} part",
        code="UNSUPPORTED_CONTENT",
        subject=kind,
        next_step=next_step,
    )
