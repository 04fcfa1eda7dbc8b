"""Hits over a real provider: the same blocks and events however the reply came, and no key anywhere near the database."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host, tool
from geppetto.engine import InferenceConfig
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.events import Citations
from geppetto.inference import Session
from geppetto.testing import Exchange, ReplayServer, run_context
from geppetto.testing.context import RecordingPort
from geppetto.turns import Block, BlockKind, Turn, block
from geppetto_middleware_cache.again import answer_again
from geppetto_middleware_cache.entry import Entry, entry_of

_KEY = "sk-sentinel-0123456789abcdef"
_HEADER = "Bearer sentinel-fedcba9876543210"
_USAGE = {"prompt_tokens": 9, "completion_tokens": 4, "total_tokens": 13}
_HEAD = {"id": "chatcmpl-1", "created": 1, "model": "gpt-test"}
_CALL = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": '{"a": 1}'}}


@tool
def add(a: int) -> int:
    """Add one."""
    return a + 1


def _whole(message: dict[str, Any], end: str) -> Exchange:
    choice = {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": end}
    return Exchange(body={**_HEAD, "object": "chat.completion", "choices": [choice], "usage": _USAGE})


def _streamed(deltas: list[dict[str, Any]], end: str) -> Exchange:
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]} for delta in deltas
    ]
    chunks += [
        {"choices": [{"index": 0, "delta": {}, "finish_reason": end}]},
        {"choices": [], "usage": _USAGE},
    ]
    head = {**_HEAD, "object": "chat.completion.chunk"}
    lines = [f"data: {json.dumps({**head, **chunk})}\n\n".encode() for chunk in chunks]
    return Exchange(headers={"content-type": "text/event-stream"}, chunks=[*lines, b"data: [DONE]\n\n"])


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Host]:
    """Give a host that may ask this machine."""
    env = {"GEPPETTO_HOME": str(tmp_path / "home"), "OPENAI_API_KEY": _KEY}
    with Host(env=env, allow_local=True, allow_http=True) as host:
        yield host


@pytest.fixture
def asking(local: Host, database: Path) -> Callable[..., Session]:
    """Give a function that makes a session with a cache around the OpenAI engine."""

    def make(server: ReplayServer, settings: dict[str, Any] | None = None, **options: Any) -> Session:
        given = {"model": "gpt-test", "base_url": f"{server.url}/v1", "api_key": _KEY, **(settings or {})}
        use = ("cache", {"path": str(database)})
        return local.create_session(engine=local.engine("openai", **given), middlewares=[use], **options)

    return make


def _plain(turn: Turn) -> tuple[Any, ...]:
    """Return what two equal replies have in common."""
    result = turn.metadata.get(INFERENCE_RESULT)
    assert result is not None
    told = (result.provider, result.model, result.finish_class, result.stop_reason, result.response_id)
    return [(b.kind, b.role, b.payload, b.metadata) for b in turn.blocks], told


def test_streamed_and_unstreamed_replies_are_kept_alike(asking: Callable[..., Session]) -> None:
    """Text and calls: four runs of the same conversation, of which two ask, end in the same turns."""
    exchanges = [
        _streamed(
            [{"content": "Let me "}, {"content": "see."}, {"tool_calls": [{"index": 0, **_CALL}]}],
            "tool_calls",
        ),
        _streamed([{"content": "It is "}, {"content": "2."}], "stop"),
        _whole({"content": "Let me see.", "tool_calls": [_CALL]}, "tool_calls"),
        _whole({"content": "It is 2."}, "stop"),
    ]
    found, events = [], []
    with ReplayServer(exchanges) as server:
        for stream in (True, True, False, False):
            told: list[Any] = []
            asked = InferenceConfig(stream=stream)
            turn = asking(server, tools=[add]).run("1 + 1?", inference=asked, on={"*": told.append})
            found.append(_plain(turn))
            events.append([str(event.type) for event in told if event.type != "tool-call-arguments-delta"])
        server.assert_all_used()

    assert found[1:] == found[:-1]
    assert [events[0].count("cache.hit"), events[1].count("cache.hit")] == [0, 2]
    assert events[1] == events[3]
    # an unstreamed reply is one delta for each block, and so is a hit
    assert [each for each in events[1] if each != "cache.hit"] == events[2]


def test_no_key_reaches_the_database(asking: Callable[..., Session], tmp_path: Path) -> None:
    """Neither the key nor a header, given by settings or found in the environment, nor a hash that differs with it."""
    with ReplayServer([_whole({"content": "hello"}, "stop")]) as server:
        for key, header in ((_KEY, _HEADER), ("sk-another", "Bearer another")):
            settings = {"api_key": key, "extra_headers": {"X-Authorization": header}, "stream": False}
            assert asking(server, settings).run("hi").text == "hello"
        [request] = server.requests
        server.assert_all_used()

    assert _HEADER in request.headers["x-authorization"]
    written = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    assert b"hello" in written
    assert b"sentinel" not in written


def test_a_header_that_is_no_credential_makes_another_request(asking: Callable[..., Session]) -> None:
    """A vendor may answer otherwise for it."""
    with ReplayServer([_whole({"content": text}, "stop") for text in ("a", "b")]) as server:
        texts = [
            asking(server, {"extra_headers": {"X-Beta": beta}, "stream": False}).run("hi").text
            for beta in ("1", "2", "1")
        ]

    assert texts == ["a", "b", "a"]


def test_another_address_is_another_engine(asking: Callable[..., Session]) -> None:
    """The same model at another host."""
    texts = []
    for text in ("a", "b"):
        with ReplayServer([_whole({"content": text}, "stop")]) as server:
            texts.append(asking(server, {"stream": False}).run("hi").text)

    assert texts == ["a", "b"]


async def _again(turn: Turn, *blocks: Block, events: Any = (), **result: Any) -> tuple[Turn, RecordingPort]:
    reply = turn.clone().append(*blocks)
    entry = entry_of(turn, reply, events)
    assert entry is not None
    entry = Entry.from_json(entry.to_json())
    port = RecordingPort()
    return await answer_again(run_context(port), turn, entry), port


async def test_every_kind_of_block_comes_back_in_its_place() -> None:
    """Two texts are two segments, an encrypted thought is one without text, what has no kind is not told."""
    blocks = [
        Block(BlockKind.REASONING, {"encrypted_content": "b3Bh"}),
        Block(BlockKind.LLM_TEXT, {"text": "a", "opaque": {"id": "i"}}, role="assistant"),
        Block(BlockKind.LLM_TEXT, {"text": "b"}, role="assistant", metadata={"app.x@v1": 1}),
        Block(BlockKind.OTHER, {"opaque": {"provider": "p"}}),
        Block(BlockKind.TOOL_CALL, {"id": "c1", "name": "f", "args": {"x": 1}}),
        Block(BlockKind.TOOL_CALL, {"id": "c2", "name": "f", "args": "no json"}),
    ]
    asked = Turn([block.user("hi")])

    turn, port = await _again(asked, *blocks)

    fresh = turn.blocks[1:]
    assert [(b.kind, b.role, b.payload, b.metadata) for b in fresh] == [
        (b.kind, b.role, b.payload, b.metadata) for b in blocks
    ]
    assert port.types().count("text-segment-started") == 2
    assert port.types().count("reasoning-segment-started") == 1
    requested = [event for event in port.events if event.type == "tool-call-requested"]
    assert [event.to_json()["arguments"] for event in requested] == [{"x": 1}, "no json"]
    ids = {event.correlation.segment_id for event in port.events if event.correlation} - {""}
    assert ids == {b.id for b in fresh if b.kind in {"llm_text", "reasoning"}}


async def test_a_call_whose_id_is_taken_gets_another() -> None:
    """As it does from an engine: it would never run."""
    asked = Turn([Block(BlockKind.TOOL_CALL, {"id": "c1", "name": "f"}), block.tool_use("c1", 1)])

    turn, port = await _again(asked, Block(BlockKind.TOOL_CALL, {"id": "c1", "name": "f", "args": {}}))

    call = turn.blocks[-1].payload["id"]
    assert call != "c1"
    assert {e.correlation.tool_call_id for e in port.events if e.correlation} - {""} == {call}


async def test_events_that_blocks_do_not_tell_are_published_again() -> None:
    """Citations, under the new provider call."""
    turn, port = await _again(Turn(), block.assistant("a"), events=[Citations([{"url": "u"}])])

    [found] = [event for event in port.events if isinstance(event, Citations)]
    assert found.items == [{"url": "u"}]
    assert found.correlation is not None
    assert found.correlation.provider_call_id
    assert turn.text == "a"
