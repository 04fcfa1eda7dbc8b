"""The fluent turn builder."""

from typing import Any

import pytest
from geppetto import Key, block, turn
from geppetto.errors import InvalidOption


@pytest.mark.parity(34, 49, 50, 148, 195)
def test_every_part_of_a_turn_can_be_built() -> None:
    """Id, texts, calls, results, blocks, metadata and data stand where they were put."""
    key: Key[str] = Key("acme.trace@v1", str)

    built = (
        turn()
        .id("t1")
        .system("be brief")
        .user("hi", block.image("https://example.org/a.png"))
        .assistant("hello")
        .tool_call("add", {"a": 1}, id="c1")
        .tool_use("c1", 2)
        .block(block.other({"x": 1}))
        .metadata(key, "m")
        .data("acme.raw@v1", [1])
        .build()
    )

    assert built.id == "t1"
    assert [b.kind for b in built.blocks] == ["system", "user", "llm_text", "tool_call", "tool_use", "other"]
    assert [b.role for b in built.blocks[:3]] == ["system", "user", "assistant"]
    assert built.metadata.get(key) == "m"
    assert built.data.raw("acme.raw@v1") == [1]


@pytest.mark.parametrize("text", [0, [], None])
def test_what_is_no_text_is_refused_and_not_left_out(text: Any) -> None:
    """Only an empty text adds nothing."""
    with pytest.raises(InvalidOption, match="expected a text"):
        turn().user(text)
    with pytest.raises(InvalidOption, match="expected a text"):
        turn().system(text)


def test_empty_texts_add_no_block_and_the_id_is_fresh() -> None:
    """An empty system or user text is no block; each build has an id."""
    builder = turn().system("").user("")

    first, second = builder.build(), builder.build()

    assert first.blocks == []
    assert first.id
    assert first.id != second.id


def test_what_is_added_after_build_does_not_show_in_it() -> None:
    """A built turn is independent of its builder."""
    builder = turn().user("a")
    built = builder.build()

    builder.user("b")

    assert len(built.blocks) == 1
