"""Factories of blocks."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from geppetto import Block, BlockKind, block
from geppetto.errors import InvalidOption
from geppetto.turns import Role


@pytest.mark.parity(195, 196)
def test_each_factory_makes_its_kind_with_its_role() -> None:
    """Kinds and roles are the vocabulary's; ids are fresh unless given."""
    made = {
        block.user("a"): (BlockKind.USER, Role.USER),
        block.system("a"): (BlockKind.SYSTEM, Role.SYSTEM),
        block.assistant("a"): (BlockKind.LLM_TEXT, Role.ASSISTANT),
        block.reasoning("a"): (BlockKind.REASONING, ""),
        block.tool_call("a"): (BlockKind.TOOL_CALL, ""),
        block.tool_use("a"): (BlockKind.TOOL_USE, ""),
        block.other({"a": 1}): (BlockKind.OTHER, ""),
    }

    assert [(b.kind, b.role) for b in made] == list(made.values())
    assert len({b.id for b in made} - {""}) == len(made)
    assert block.user("a", id="mine").id == "mine"


@pytest.mark.parametrize("make", [block.user, block.system, block.assistant, block.reasoning])
@pytest.mark.parametrize("text", [3, b"hi", ["look"], None])
def test_a_text_that_is_none_is_refused(make: Callable[[Any], Block], text: Any) -> None:
    """No provider would send it, and the turn could not be stored."""
    with pytest.raises(InvalidOption, match=f"expected a text, got {type(text).__name__}") as caught:
        make(text)

    assert caught.value.subject == "text"


def test_a_user_block_carries_text_and_parts_of_every_type(tmp_path: Path) -> None:
    """Images, documents and audio stand beside the text, with what the provider needs to know of them."""
    (tmp_path / "report.pdf").write_bytes(b"%PDF")

    parts = [
        block.image("https://example.org/a.png", detail="low", media_type="image/png"),
        block.document(tmp_path / "report.pdf"),
        block.document(b"x", media_type="text/plain", name="notes"),
        block.audio(b"\x00", media_type="audio/wav"),
    ]

    assert block.user("look", *parts).payload == {"text": "look", "parts": parts}
    assert [sorted(part) for part in parts] == [
        ["detail", "media_type", "type", "url"],
        ["data", "media_type", "name", "type"],
        ["data", "media_type", "name", "type"],
        ["data", "media_type", "type"],
    ]
    assert (parts[1]["name"], parts[1]["media_type"]) == ("report.pdf", "application/pdf")


def test_a_file_of_unknown_type_asks_for_the_media_type(tmp_path: Path) -> None:
    """Guessing wrong would fail at the provider, far from the mistake."""
    (tmp_path / "blob.unheardof").write_bytes(b"x")

    with pytest.raises(InvalidOption, match="media type of the document is not known") as caught:
        block.document(tmp_path / "blob.unheardof")

    assert caught.value.next_step == "pass media_type=..."


def test_results_carry_errors_and_parts() -> None:
    """`error` always stands in an answer, so that readers need not ask for it."""
    failed, shown = block.tool_use("c", error="no"), block.tool_use("c", 1, parts=[{"type": "text"}])

    assert failed.payload == {"id": "c", "result": None, "error": "no"}
    assert shown.payload["parts"] == [{"type": "text"}]


def test_reasoning_keeps_provider_payload_and_leaves_out_empty_text() -> None:
    """An encrypted block has no text to invent."""
    assert block.reasoning(encrypted_content="b3").payload == {"encrypted_content": "b3"}
    assert block.reasoning("hm", summary=[]).payload == {"text": "hm", "summary": []}


def test_an_unfinished_text_is_marked() -> None:
    """`partial` stands only where it is true."""
    assert block.assistant("he", partial=True).payload == {"text": "he", "partial": True}
    assert "partial" not in block.assistant("hello").payload
