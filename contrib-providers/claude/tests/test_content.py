"""Parts of messages and results."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from geppetto.errors import EncodeError
from geppetto.turns import block
from geppetto_provider_claude.content import result_content, user_content

PLAIN = base64.b64encode("Grüße".encode()).decode()


@pytest.mark.parametrize(
    ("part", "sent"),
    [
        ({"type": "text", "text": "x"}, {"type": "text", "text": "x"}),
        (
            {"type": "image", "data": "AA==", "media_type": "image/webp"},
            {"type": "image", "source": {"type": "base64", "media_type": "image/webp", "data": "AA=="}},
        ),
        ({"type": "image", "url": "https://x.example/a.png"}, {"type": "image", "source": {"type": "url", "url": "https://x.example/a.png"}}),
        ({"type": "image", "file_id": "f1"}, {"type": "image", "source": {"type": "file", "file_id": "f1"}}),
        (
            {"type": "document", "data": "AA==", "media_type": "application/pdf", "name": "a.pdf", "context": "c", "citations": True},
            {
                "type": "document",
                "source": {"type": "base64", "media_type": "application/pdf", "data": "AA=="},
                "title": "a.pdf",
                "context": "c",
                "citations": {"enabled": True},
            },
        ),
        (
            {"type": "document", "data": PLAIN, "media_type": "text/markdown; charset=utf-8"},
            {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "Grüße"}},
        ),
        ({"type": "document", "text": "plain"}, {"type": "document", "source": {"type": "text", "media_type": "text/plain", "data": "plain"}}),
        ({"type": "document", "url": "https://x.example/a.pdf"}, {"type": "document", "source": {"type": "url", "url": "https://x.example/a.pdf"}}),
        (
            {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]},
            {"type": "search_result", "source": "s", "title": "t", "content": [{"type": "text", "text": "x"}]},
        ),
        (
            {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}},
            {"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}},
        ),
    ],
)  # fmt: skip
def test_a_part_in_the_vendors_form(part: dict[str, Any], sent: dict[str, Any]) -> None:
    """As data, by address, by id; documents as what they are."""
    assert user_content("", [part]) == [sent]


@pytest.mark.parametrize(
    "part", [{"type": "audio", "data": "AA=="}, {"type": "image"}, {"type": "document"}, {"type": "what"}, {}]
)
def test_what_the_api_does_not_take_is_refused(part: dict[str, Any]) -> None:
    """With what to do instead."""
    with pytest.raises(EncodeError) as caught:
        user_content("hi", [part])

    assert caught.value.code == "UNSUPPORTED_CONTENT"
    assert caught.value.next_step


def test_text_comes_first_and_blank_text_not_at_all() -> None:
    """The vendor refuses blank texts."""
    image = {"type": "image", "file_id": "f"}

    assert [item["type"] for item in user_content("look", [image])] == ["text", "image"]
    assert [item["type"] for item in user_content(" \n", [image])] == ["image"]
    assert user_content("", []) == []


@pytest.mark.parametrize(
    ("result", "content"),
    [("text", "text"), ({"a": 1}, '{"a":1}'), (None, "null"), (0, "0"), (False, "false"), ("", "")],
)
def test_results_are_text(result: Any, content: str) -> None:
    """JSON where they are no text; an empty one is left out."""
    assert result_content(block.tool_use("c", result)) == ({"content": content} if content else {})


def test_results_with_pictures() -> None:
    """The text goes before them; without one they stand alone; an error is marked."""
    image = {"type": "image", "file_id": "f"}

    both = result_content(block.tool_use("c", "see", parts=[image]))
    alone = result_content(block.tool_use("c", parts=[image]))
    failed = result_content(block.tool_use("c", error="no", parts=[image]))

    assert [item["type"] for item in both["content"]] == ["text", "image"]
    assert [item["type"] for item in alone["content"]] == ["image"]
    assert failed["is_error"] is True
    assert failed["content"][0]["text"] == "no"
