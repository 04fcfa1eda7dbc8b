"""Tokens counted with OpenAI's own tables, where the package tiktoken and its tables are on this machine already.

tiktoken downloads a table when it is first asked for one. A count that was meant to stay offline must not do that, so
the table is looked for in tiktoken's cache first.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from geppetto.tokens import TokenCount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from geppetto.provider import HttpRequest

__all__ = ["count_here", "count_with", "table_is_here"]

#: name of a table -> the file that tiktoken keeps it in (the SHA-1 of where it is from)
_FILES = {
    "o200k_base": "fb374d419588a4632f3f557e76b4b70aebbca790",
    "cl100k_base": "9b5ad71b2ce5302211f9c61530b329a4922fc6a4",
}
_OLD = ("gpt-4-", "gpt-3.5", "gpt-4 ")
_PER_MESSAGE, _FOR_REPLY = 3, 3  # OpenAI's cookbook, "How to count tokens with tiktoken"
_DATA = frozenset({"image_url", "file", "input_audio"})


def count_here(request: HttpRequest, environ: Mapping[str, str] = os.environ) -> TokenCount | None:
    """Return the count, None where tiktoken or its table is missing."""
    table = "cl100k_base" if f"{request.model} ".startswith(_OLD) else "o200k_base"
    if not table_is_here(table, environ):
        return None
    try:
        import tiktoken
    except ImportError:
        return None
    return count_with(tiktoken.get_encoding(table), request.body, request.model)


def table_is_here(table: str, environ: Mapping[str, str]) -> bool:
    """Say whether tiktoken has a table in its cache."""
    folder = environ.get("TIKTOKEN_CACHE_DIR", environ.get("DATA_GYM_CACHE_DIR"))
    if folder is None:
        folder = str(Path(tempfile.gettempdir(), "data-gym-cache"))
    return bool(folder) and Path(folder, _FILES[table]).is_file()


def count_with(encoding: Any, body: Mapping[str, Any], model: str) -> TokenCount:
    """Return the count of a request body with an encoding; tools and what frames messages are estimated."""
    from geppetto.tokens.estimate import estimate_body

    total, uncounted = _FOR_REPLY, set()
    for message in body.get("messages", ()):
        total += _PER_MESSAGE
        for text, kind in _texts(message):
            if kind in _DATA:
                uncounted.add(kind)
            else:
                total += len(encoding.encode(text, disallowed_special=()))
    tools, _ = estimate_body({"tools": body.get("tools", [])})
    return TokenCount(total + tools, "tokenizer", model, tuple(sorted(uncounted)))


def _texts(message: Mapping[str, Any]) -> list[tuple[str, str]]:
    content = message.get("content")
    found = [(str(message.get("role")), "text")]
    if isinstance(content, str):
        found.append((content, "text"))
    for part in content if isinstance(content, list) else ():
        found += [(str(part.get("text") or ""), str(part.get("type")))]
    for call in message.get("tool_calls", ()):
        function = call.get("function") or call.get("custom") or {}
        found += [(str(value), "text") for value in function.values()]
    return found
