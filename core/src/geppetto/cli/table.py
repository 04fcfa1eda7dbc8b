"""Plain text for terminals: aligned columns, and text of strangers without control characters."""

from __future__ import annotations

from typing import TYPE_CHECKING
from unicodedata import category

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import TextIO

__all__ = ["clean", "columns", "harmless"]


#: control codes; and formats, which are seldom seen but can turn the direction of what stands around them
_DRIVING = ("Cc", "Cf")
#: line breaks, and the formats that join or part letters and the parts of emoji
_NEEDED = "\n\t\u200c\u200d"


def clean(text: str) -> str:
    """Return text with line breaks as they are and every other control character made visible."""
    return "".join(char if char.isprintable() or char == "\n" else repr(char)[1:-1] for char in text)


def harmless(text: str, stream: TextIO) -> str:
    """Take out the characters with which a text could drive a terminal, or hide what it says; in a pipe text is data."""
    if not stream.isatty():
        return text
    return "".join(char for char in text if char in _NEEDED or category(char) not in _DRIVING)


def columns(rows: Sequence[Mapping[str, object]], names: Sequence[str]) -> str:
    """Return the named columns of the rows under a line of headings."""
    cells = [[name.upper() for name in names]]
    cells += [[clean(str(row[name])).replace("\n", " ") for name in names] for row in rows]
    widths = [max(len(line[at]) for line in cells) for at in range(len(names))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )
