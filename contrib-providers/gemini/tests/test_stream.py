import itertools
import json
from collections.abc import Callable
from typing import Any

from geppetto.engine import Reply
from geppetto.events import (
    ServerToolProgress,
    TextSegmentStarted,
    ToolCallRequested,
)
from geppetto.testing import run_context
from geppetto.tooling import ToolNames
from geppetto.transport import SseParser
from geppetto.turns import BlockKind
from geppetto_provider_gemini.origin import gemini_origin
from geppetto_provider_gemini.stream import Reducer
from hypothesis import given
from hypothesis import strategies as st

Read = Callable[..., Reply]
Make = Callable[..., tuple[Reply, Reducer]]
SIGNED = "CiQB4/H/Xt+signature=="
HOME = "https://generativelanguage.googleapis.com/v1beta"
USAGE = {"promptTokenCount": 5, "candidatesTokenCount": 7, "thoughtsTokenCount": 3, "totalTokenCount": 15}


def _chunk(*parts: Any, finish: Any = None, usage: Any = None, **more: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, **more}
    if finish is not None:
        candidate["finishReason"] = finish
    chunk: dict[str, Any] = {"candidates": [candidate], "modelVersion": "m1", "responseId": "r1"}
    return {**chunk, "usageMetadata": usage} if usage else chunk


def _call(name: str, args: Any = None, call_id: str = "", **beside: Any) -> dict[str, Any]:
    call = {"name": name, "args": args or {}}
    return {"functionCall": {**call, "id": call_id} if call_id else call, **beside}


def _shown(reply: Reply) -> list[tuple[BlockKind, dict[str, Any]]]:
    return [(block.kind, dict(block.payload)) for block in reply.blocks()]


def _parts_of(reply: Reply, model: str = "gemini-3-flash") -> list[Any]:
    origin = gemini_origin(HOME, model)
    return [origin.own(block).get("part") for block in reply.blocks()]


def _calls(reply: Reply) -> list[tuple[str, Any]]:
    payloads = [block.payload for block in reply.blocks() if block.kind is BlockKind.TOOL_CALL]
    return [(payload["name"], payload["args"]) for payload in payloads]


def test_text_and_parallel_calls(stream: Read, port: Any) -> None:
    """Text and calls, each in a chunk of its own, become blocks in order with usage and finish class."""
    reply = stream(
        _chunk({"text": "Let me "}, usage={**USAGE, "candidatesTokenCount": 1, "totalTokenCount": 9}),
        _chunk({"text": "look."}),
        _chunk(_call("weather.lookup", {"city": "Ürümqi"}, thoughtSignature=SIGNED)),
        _chunk(_call("clock"), finish="STOP", usage=USAGE),
        names=["weather.lookup", "clock"],
    )

    assert [block.kind for block in reply.blocks()] == [
        BlockKind.LLM_TEXT,
        BlockKind.TOOL_CALL,
        BlockKind.TOOL_CALL,
    ]
    assert reply.blocks()[0].text == "Let me look."
    assert _calls(reply) == [("weather.lookup", {"city": "Ürümqi"}), ("clock", {})]
    assert (reply.result.finish_class, reply.result.stop_reason) == ("tool_calls_pending", "STOP")
    assert (reply.result.model, reply.result.response_id) == ("m1", "r1")
    assert reply.result.usage is not None
    assert (reply.result.usage.output, reply.result.usage.total) == (10, 15)
    assert [event.name for event in port.events if isinstance(event, ToolCallRequested)] == [
        "weather.lookup",
        "clock",
    ]


def test_calls_get_unique_ids_and_remember_whether_they_had_one(stream: Read) -> None:
    """The vendor's id is kept where it came; without one, or with one twice, the call gets one of ours."""
    reply = stream(
        _chunk(_call("f", call_id="a"), _call("f", call_id="a"), _call("f"), _call("f"), finish="STOP")
    )

    ids = [block.id for block in reply.blocks()]
    origin = gemini_origin(HOME, "gemini-3-flash")
    assert ids[0] == "a"
    assert len(set(ids)) == 4
    assert [origin.own(block)["id"] for block in reply.blocks()] == ["a", "a", "", ""]


def test_names_are_mapped_back(stream: Read) -> None:
    """A tool whose name the vendor cannot take is called by its own name again; one made up stays."""
    reply = stream(_chunk(_call("_1_look_up"), _call("nobody"), finish="STOP"), names=["1 look/up"])

    assert [name for name, _ in _calls(reply)] == ["1 look/up", "nobody"]


def test_thoughts_are_reasoning(stream: Read) -> None:
    """Summaries of thoughts become one reasoning block before the answer."""
    reply = stream(
        _chunk({"text": "I should ", "thought": True}),
        _chunk({"text": "add.", "thought": True}),
        _chunk({"text": "4", "thought": False}, finish="STOP"),
    )

    assert [(block.kind, block.text) for block in reply.blocks()] == [
        (BlockKind.REASONING, "I should add."),
        (BlockKind.LLM_TEXT, "4"),
    ]
    assert _parts_of(reply) == [{"thought": True}, None]


def test_a_signature_stays_on_its_part(stream: Read) -> None:
    """Signed and unsigned texts are never joined, nor are two signed ones."""
    reply = stream(
        _chunk({"text": "a"}),
        _chunk({"text": "b", "thoughtSignature": "s1"}),
        _chunk({"text": "c", "thoughtSignature": "s2"}),
        _chunk({"text": "d"}),
        _chunk({"text": "e"}, finish="STOP"),
    )

    assert [block.text for block in reply.blocks()] == ["a", "b", "c", "de"]
    assert _parts_of(reply) == [None, {"thoughtSignature": "s1"}, {"thoughtSignature": "s2"}, None]


def test_a_signature_alone_survives_without_being_shown(stream: Read, port: Any) -> None:
    """An empty text that carries a signature is kept as it came, and nobody sees an empty text."""
    alone = {"text": "", "thoughtSignature": SIGNED}

    reply = stream(_chunk({"text": "hi"}), _chunk(alone, finish="STOP"))

    assert [block.kind for block in reply.blocks()] == [BlockKind.LLM_TEXT, BlockKind.OTHER]
    assert _parts_of(reply) == [None, alone]
    assert len([event for event in port.events if isinstance(event, TextSegmentStarted)]) == 1


def test_empty_texts_leave_no_trace(stream: Read) -> None:
    """Empty texts and chunks without parts or content change nothing."""
    reply = stream(
        {"usageMetadata": {"promptTokenCount": 5}},
        _chunk({"text": ""}),
        {"candidates": [{}]},
        {"candidates": [{"content": {"role": "model"}}]},
        _chunk({"text": "x"}),
        _chunk({"text": ""}, finish="STOP"),
    )

    assert _shown(reply) == [(BlockKind.LLM_TEXT, {"text": "x"})]
    assert reply.result.finish_class == "completed"


def test_server_tools_are_kept_as_they_came(stream: Read, port: Any) -> None:
    """What tools at the vendor did, and parts nobody knows yet, are opaque blocks in the vendor's order."""
    parts = [
        {
            "toolCall": {"id": "t", "toolType": "GOOGLE_SEARCH_WEB", "args": {"queries": ["x"]}},
            "thoughtSignature": "1",
        },
        {"toolResponse": {"id": "t", "toolType": "GOOGLE_SEARCH_WEB"}, "thoughtSignature": "2"},
        {"executableCode": {"language": "PYTHON", "code": "print(1)"}},
        {"codeExecutionResult": {"outcome": "OUTCOME_OK", "output": "1\n"}},
        {"hologram": {"shape": "cube"}},
    ]

    reply = stream(_chunk(*parts, {"text": "done"}, finish="STOP"))

    assert _parts_of(reply) == [*parts, None]
    progress = [(event.tool, event.status) for event in port.events if isinstance(event, ServerToolProgress)]
    assert progress == [
        ("GOOGLE_SEARCH_WEB", "started"), ("GOOGLE_SEARCH_WEB", "completed"),
        ("CODE_EXECUTION", "started"), ("CODE_EXECUTION", "completed"),
    ]  # fmt: skip


def test_calls_of_servers_at_the_vendor_are_not_ours(stream: Read) -> None:
    """With MCP servers at the vendor, a function that this side does not offer was called and answered there."""
    theirs = [
        _call("srv_weather", {"city": "x"}),
        {"functionResponse": {"name": "srv_weather", "response": {}}},
    ]

    reply = stream(_chunk(*theirs, _call("mine"), finish="STOP"), offered=frozenset({"mine"}), names=["mine"])

    assert _calls(reply) == [("mine", {})]
    assert _parts_of(reply)[:2] == theirs


def test_generated_media_are_parts_of_a_text_block(stream: Read) -> None:
    """Images and sound are kept; neighbours share a block unless one is signed; thought media stay opaque."""
    image = {"inlineData": {"mimeType": "image/png", "data": "aW1n"}}
    sound = {"inlineData": {"mimeType": "audio/L16;rate=24000", "data": "cGNt"}}

    reply = stream(
        _chunk({"text": "see"}, image),
        _chunk(sound, {**image, "thoughtSignature": "s"}, {**image, "thought": True}),
        _chunk({"text": "there"}, finish="STOP"),
    )

    shown = {"type": "image", "media_type": "image/png", "data": "aW1n"}
    heard = {"type": "audio", "media_type": "audio/L16;rate=24000", "data": "cGNt"}
    assert [block.text for block in reply.blocks()] == ["see", "", "", "", "there"]
    assert [block.payload.get("parts") for block in reply.blocks()] == [
        None,
        [shown, heard],
        [shown],
        None,
        None,
    ]
    assert _parts_of(reply) == [None, None, {"thoughtSignature": "s"}, {**image, "thought": True}, None]


def test_arguments_that_come_piece_by_piece(stream: Read) -> None:
    """Vertex AI streams arguments as values at JSON paths; the call's signature comes with its first piece."""
    first = {"functionCall": {"name": "plan", "willContinue": True}, "thoughtSignature": SIGNED}
    pieces = [
        [{"jsonPath": "$.stops[0].city", "stringValue": "Par", "willContinue": True}],
        [{"jsonPath": "$.stops[0].city", "stringValue": "is"}, {"jsonPath": "$.days", "numberValue": 3}],
        [{"jsonPath": "$['by train']", "boolValue": True}, {"jsonPath": "$.note", "nullValue": "NULL_VALUE"}],
    ]

    reply = stream(
        _chunk(first),
        *(_chunk({"functionCall": {"partialArgs": found, "willContinue": True}}) for found in pieces),
        _chunk({"functionCall": {}}),
        _chunk(_call("next"), finish="STOP"),
    )

    plan = {"stops": [{"city": "Paris"}], "days": 3, "by train": True, "note": None}
    assert _calls(reply) == [("plan", plan), ("next", {})]
    assert _parts_of(reply) == [{"thoughtSignature": SIGNED}, {}]


def test_a_streamed_call_ends_with_the_next_part(stream: Read) -> None:
    """Whatever follows a call in pieces ends it, the end of the reply too."""
    open_call = {"functionCall": {"name": "f", "partialArgs": [{"jsonPath": "$.a", "numberValue": 1}],
                                  "willContinue": True}}  # fmt: skip

    reply = stream(_chunk(open_call), _chunk({"text": "so"}), _chunk(open_call, finish="MAX_TOKENS"))

    assert _calls(reply) == [("f", {"a": 1}), ("f", {"a": 1})]
    assert reply.result.finish_class == "max_tokens"


def test_every_object_can_be_watched(reader: Make) -> None:
    """The debug tap sees each object as it was parsed."""
    seen: list[Any] = []
    _, reducer = reader(watch=seen.append)
    chunk = _chunk({"text": "a"}, finish="STOP")

    reducer.feed(json.dumps(chunk))
    reducer.whole([chunk])

    assert seen == [chunk, chunk]


@given(cuts=st.lists(st.integers(0, 2000), max_size=6))
def test_borders_of_reads_do_not_matter(cuts: list[int]) -> None:
    """However the bytes of a stream are cut, inside of letters and line ends too, the blocks are the same."""
    parts = [
        {"text": "Ünï"},
        {"text": "cödé 🦜"},
        _call("f", {"város": "Győr"}, "a", thoughtSignature=SIGNED),
    ]
    events = [_chunk(part) for part in parts] + [_chunk(finish="STOP", usage=USAGE)]
    raw = "".join(f"data: {json.dumps(event, ensure_ascii=False)}\r\n\r\n" for event in events).encode()
    borders = [0, *sorted(min(cut, len(raw)) for cut in cuts), len(raw)]
    reply = Reply(run_context(), provider="gemini")
    reducer = Reducer(reply, names=ToolNames(()), origin=gemini_origin(HOME, "gemini-3-flash"))

    parser = SseParser()
    for start, end in itertools.pairwise(borders):
        for event in parser.feed(raw[start:end]):
            reducer.feed(event.data)
    reducer.finish()

    assert reply.blocks()[0].text == "Ünïcödé 🦜"
    assert _calls(reply) == [("f", {"város": "Győr"})]
    assert _parts_of(reply) == [None, {"thoughtSignature": SIGNED}]


_TEXT_PARTS = st.fixed_dictionaries(
    {"text": st.text(max_size=3)},
    optional={"thought": st.booleans(), "thoughtSignature": st.sampled_from(["s1", "s2"])},
)


@given(parts=st.lists(_TEXT_PARTS, max_size=8), cuts=st.lists(st.integers(0, 8), max_size=3))
def test_chunks_do_not_matter(parts: list[dict[str, Any]], cuts: list[int]) -> None:
    """However parts are spread over chunks, texts keep their order and every signature its very part."""
    borders = [0, *sorted(min(cut, len(parts)) for cut in cuts), len(parts)]
    reply = Reply(run_context(), provider="gemini")
    origin = gemini_origin(HOME, "gemini-3-flash")
    reducer = Reducer(reply, names=ToolNames(()), origin=origin)

    for start, end in itertools.pairwise(borders):
        reducer.feed(json.dumps(_chunk(*parts[start:end])))
    reducer.feed(json.dumps(_chunk(finish="STOP")))
    reducer.finish()

    found = []
    for block in reply.blocks():
        part = origin.own(block).get("part", {})
        found.append((block.text or part.get("text", ""), part.get("thoughtSignature")))
    assert "".join(text for text, _ in found) == "".join(part["text"] for part in parts)
    signed = [(part["text"], part["thoughtSignature"]) for part in parts if "thoughtSignature" in part]
    assert [entry for entry in found if entry[1]] == signed
