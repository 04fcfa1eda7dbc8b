"""Entries: what comes back is what was kept, and what is no whole reply is none."""

from __future__ import annotations

from typing import Any

import pytest
from geppetto.engine import InferenceResult, Usage
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.events import Citations, ServerToolProgress
from geppetto.turns import Block, BlockKind, Key, Turn, block, mark_waiting
from geppetto_middleware_cache.entry import Entry, entry_of

_NOTE: Key[str] = Key("app.note@v1", str)


def _reply(asked: Turn, *blocks: Block, **result: Any) -> Turn:
    reply = asked.clone().append(*blocks)
    reply.metadata.set(INFERENCE_RESULT, InferenceResult(**{"finish_class": "completed", **result}))
    return reply


@pytest.fixture
def asked() -> Turn:
    """Give a turn that is asked."""
    return Turn([block.system("be brief"), block.user("hi")], id="t")


def test_an_entry_comes_back_as_it_was_written(asked: Turn) -> None:
    """Blocks with opaque payloads and metadata, the result, the cost, events."""
    blocks = (
        Block(BlockKind.REASONING, {"encrypted_content": "b3Bh", "opaque": {"item": [1, None]}}),
        Block(BlockKind.LLM_TEXT, {"text": "\ud800 ü"}, role="assistant", metadata={"app.x@v1": 1}),
        Block(BlockKind.OTHER, {"opaque": {"provider": "p"}}),
    )
    events = (Citations([{"url": "u"}]), ServerToolProgress("search", "done", {"id": "1"}))
    result = {"provider": "p", "usage": Usage(input_uncached=1, total=1, raw={"t": 1})}
    entry = entry_of(asked, _reply(asked, *blocks, **result), events)
    assert entry is not None

    again = Entry.from_json(entry.to_json())

    assert again == entry
    assert again.result.usage == Usage(input_uncached=1, total=1, raw={"t": 1})


def test_blocks_that_were_left_out_of_a_request_are_named_by_their_place(asked: Turn) -> None:
    """Their ids are another run's."""
    entry = entry_of(asked, _reply(asked, block.assistant("x"), dropped_blocks=[asked.blocks[1].id]), ())

    assert entry is not None
    assert (entry.dropped, entry.result.dropped_blocks) == ((1,), [])


@pytest.mark.parametrize(
    "result",
    [
        {"partial": True},
        {"finish_class": "error"},
        {"finish_class": "interrupted"},
        {"finish_class": "unknown"},
    ],
    ids=str,
)
def test_a_reply_that_is_not_whole_is_no_entry(asked: Turn, result: dict[str, Any]) -> None:
    """By its own words."""
    assert entry_of(asked, _reply(asked, block.assistant("x"), **result), ()) is None


def test_a_block_that_is_not_whole_makes_no_entry(asked: Turn) -> None:
    """Nor a reply without any."""
    cut = Block(BlockKind.LLM_TEXT, {"text": "x", "partial": True})

    assert entry_of(asked, _reply(asked, cut), ()) is None
    assert entry_of(asked, _reply(asked), ()) is None


def test_a_reply_whose_calls_wait_for_a_human_is_no_entry(asked: Turn) -> None:
    """An engine that marks them itself, as for tools that run at the vendor's."""
    reply = _reply(asked, Block(BlockKind.TOOL_CALL, {"id": "c", "name": "wipe", "args": {}}))
    assert entry_of(asked, reply, ()) is not None

    mark_waiting(reply, {"c": "needs a human"})

    assert entry_of(asked, reply, ()) is None


def test_an_engine_that_does_more_than_reply_makes_no_entry(asked: Turn) -> None:
    """It edited the request, or wrote on the turn: a hit could not do it again."""
    edited = _reply(asked, block.assistant("x"))
    edited.blocks[0] = block.system("be long")
    noted, told = _reply(asked, block.assistant("x")), _reply(asked, block.assistant("x"))
    noted.data.set(_NOTE, "n")
    told.metadata.set(_NOTE, "n")

    assert [entry_of(asked, reply, ()) for reply in (edited, noted, told)] == [None] * 3
