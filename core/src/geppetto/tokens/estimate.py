"""An estimate of tokens without a tokenizer: characters by the class of their script.

The rates are characters per token as the vocabularies of large models (100,000 to 260,000 entries) have them: four for
words of Latin script, two to three for other alphabets, about one for Chinese, Japanese and Korean. An estimate is
right within some 15 % for prose, and worse for code and tables.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["estimate_body", "estimate_tokens"]

_PIECES = re.compile(r"[A-Za-z]+|[0-9]+|\s+|[^\sA-Za-z0-9]", re.ASCII)
_LATIN, _DIGITS, _SPACES = 4.4, 3.0, 4.0
#: first word of a character's Unicode name -> characters per token
_RATES = {
    "CJK": 0.95, "HIRAGANA": 1.1, "KATAKANA": 1.1, "HANGUL": 1.0, "CYRILLIC": 2.6, "GREEK": 2.0, "ARABIC": 2.2,
    "HEBREW": 2.0, "DEVANAGARI": 1.8, "THAI": 1.5, "LATIN": 2.4,
}  # fmt: skip
_OTHER = 0.8
#: tokens that frame one message or one tool, by measure of several vendors
_FRAME = 4
#: fields whose text is data, not words
_DATA = frozenset(
    {"data", "file_data", "image_url", "url", "signature", "encrypted_content", "thoughtSignature"}
)
_LONGEST_WORDS = 20_000


def estimate_tokens(text: str) -> int:
    """Return about how many tokens a text is; an empty one is 0."""
    total = sum(_weight(piece) for piece in _PIECES.findall(text))
    return max(1, round(total)) if text else 0


def _weight(piece: str) -> float:
    first = piece[0]
    if first.isascii() and first.isalpha():
        return max(1.0, len(piece) / _LATIN)
    if first.isdigit():
        return max(1.0, len(piece) / _DIGITS)
    if first.isspace():
        return max(0.0, (len(piece) - 1) / _SPACES)  # a single space is part of the word behind it
    if first.isascii():
        return 0.7
    return 1 / _RATES.get(unicodedata.name(first, "").partition(" ")[0], _OTHER)


def estimate_body(body: Any) -> tuple[int, tuple[str, ...]]:
    """Return the estimate for a request body, and the names of fields whose content is no text."""
    uncounted: set[str] = set()
    texts = list(_texts(body, uncounted))
    return sum(estimate_tokens(text) for text in texts) + _FRAME * _frames(body), tuple(sorted(uncounted))


def _texts(node: Any, uncounted: set[str], name: str = "") -> Iterator[str]:
    if isinstance(node, str):
        if name in _DATA or (len(node) > _LONGEST_WORDS and " " not in node):
            uncounted.add(name)
        else:
            yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from _texts(value, uncounted, key)
    elif isinstance(node, list):
        for value in node:
            yield from _texts(value, uncounted, name)


def _frames(body: Any) -> int:
    if not isinstance(body, dict):
        return 0
    return sum(
        len(body[name])
        for name in ("messages", "input", "contents", "tools")
        if isinstance(body.get(name), list)
    )
