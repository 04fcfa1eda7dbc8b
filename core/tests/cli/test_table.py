"""Text of strangers on a terminal and in a pipe."""

from __future__ import annotations

import io
import os
import pty
from collections.abc import Iterator

import pytest
from geppetto.cli.table import harmless


@pytest.fixture
def terminal() -> Iterator[io.TextIOWrapper]:
    """A stream that is a terminal."""
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        yield stream
    os.close(leader)


@pytest.mark.parametrize(
    "text",
    [
        "a\u00a0b",
        "全角\u3000空白",
        "👩\u200d💻",
        "❤\ufe0f",
        "\u0645\u06cc\u200c\u062e",
        "é",
        "a\tb\nc",
        "\U0001f3f4",
    ],
)
def test_what_people_read_stays(text: str, terminal: io.TextIOWrapper) -> None:
    """Spaces of all widths, and what joins or parts letters and emoji."""
    assert harmless(text, terminal) == text


@pytest.mark.parametrize(
    "char", ["\x1b", "\x07", "\x9b", "\r", "\u202e", "\u2066", "\u200f", "\ufeff", "\u200b"]
)
def test_what_drives_a_terminal_or_hides_something_goes(char: str, terminal: io.TextIOWrapper) -> None:
    """Control codes, changes of direction, and what has no width."""
    assert harmless(f"a{char}b", terminal) == "ab"


def test_in_a_pipe_text_is_data() -> None:
    """Nothing is taken out."""
    assert harmless("a\x1b\u202eb", io.StringIO()) == "a\x1b\u202eb"
