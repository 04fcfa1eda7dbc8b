import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from geppetto.engine import Reply
from geppetto.errors import ProviderError, RateLimited, TransportError
from geppetto.events import Citations, ProviderCallMetadata, ToolCallRequested, ToolCallStarted
from geppetto.turns import BlockKind
from geppetto_provider_openai.calls import CallKeys

Read = Callable[..., Reply]
DEEPSEEK = "https://api.deepseek.example/v1"


def _chunk(finish: str | None = None, *, index: int = 0, **delta: Any) -> dict[str, Any]:
    return {"id": "c1", "model": "m1", "choices": [{"index": index, "delta": delta, "finish_reason": finish}]}


def _call(
    index: int | None, call_id: str = "", name: str = "", arguments: str = "", **more: Any
) -> dict[str, Any]:
    fragment: dict[str, Any] = {"function": {"name": name, "arguments": arguments}, **more}
    if index is not None:
        fragment["index"] = index
    return {**fragment, "id": call_id} if call_id else fragment


def _calls(reply: Reply) -> list[tuple[str, str, Any]]:
    payloads = [block.payload for block in reply.blocks() if block.kind is BlockKind.TOOL_CALL]
    return [(payload["id"], payload["name"], payload["args"]) for payload in payloads]


def _shown(reply: Reply) -> list[tuple[BlockKind, dict[str, Any]]]:
    return [(block.kind, dict(block.payload)) for block in reply.blocks()]


def test_text_and_tool_calls(stream: Read, port: Any) -> None:
    """Text and parallel calls of one stream become blocks in order, with usage and finish class."""
    usage = {"prompt_tokens": 5, "completion_tokens": 7, "total_tokens": 12}

    reply = stream(
        {"choices": [], "prompt_filter_results": []},
        _chunk(role="assistant", content=""),
        _chunk(content="Let me "),
        _chunk(content="look."),
        _chunk(tool_calls=[_call(0, "a", "weather_lookup")]),
        _chunk(tool_calls=[_call(1, "b", "clock")]),
        _chunk(tool_calls=[_call(0, arguments='{"city":'), _call(1, arguments="")]),
        _chunk(tool_calls=[_call(0, arguments='"Ürümqi"}')]),
        {**_chunk("tool_calls"), "obfuscation": "xx"},
        {"choices": [], "usage": usage},
        names=["weather.lookup"],
    )

    assert reply.blocks()[0].text == "Let me look."
    assert _calls(reply) == [("a", "weather.lookup", {"city": "Ürümqi"}), ("b", "clock", {})]
    assert (reply.result.finish_class, reply.result.stop_reason) == ("tool_calls_pending", "tool_calls")
    assert reply.result.usage is not None
    assert reply.result.usage.total == 12
    started = [event.name for event in port.events if isinstance(event, ToolCallStarted)]
    requested = [event.name for event in port.events if isinstance(event, ToolCallRequested)]
    assert started == requested == ["weather.lookup", "clock"]


@pytest.mark.parametrize(
    "fragments",
    [
        pytest.param([(0, "a", "f", "{}"), (1, "b", "g", '{"x":'), (1, "", "", "1}")], id="as-specified"),
        pytest.param([(0, "a", "f", "{}"), (0, "b", "g", '{"x":'), (0, "", "", "1}")], id="index-always-0"),
        pytest.param(
            [(0, "a", "f", "{}"), (1, "b", "g", '{"x":'), (1, "b", "g", "1}")], id="repeats-id-and-name"
        ),
        pytest.param(
            [(None, "a", "f", "{}"), (None, "b", "g", '{"x":'), (None, "", "", "1}")], id="no-index"
        ),
        pytest.param(
            [(None, "a", "f", "{}"), (None, "b", "g", '{"x":'), (None, "b", "", "1}")], id="only-ids"
        ),
        pytest.param(
            [(0, "a", "f", ""), (1, "b", "g", '{"x":'), (0, "", "", "{}"), (1, "", "", "1}")], id="mixed"
        ),
        pytest.param([(0, "a", "f", ""), (0, "b", "g", '{"x":1}'), (0, "a", "", "{}")], id="back-to-an-id"),
    ],
)
def test_fragments_find_their_call(stream: Read, fragments: list[tuple[int | None, str, str, str]]) -> None:
    """However a host marks fragments, both calls get their own arguments."""
    chunks = [_chunk(tool_calls=[_call(*fragment)]) for fragment in fragments]

    reply = stream(*chunks, _chunk("tool_calls"))

    assert _calls(reply) == [("a", "f", {}), ("b", "g", {"x": 1})]


def test_calls_without_any_mark_are_told_apart_by_name() -> None:
    """Without index and id, a second name begins a second call."""
    keys = CallKeys()

    found = [keys.key(None, "", name)[0] for name in ("f", "", "g", "")]

    assert found == [0, 0, 1, 1]


def test_a_taken_id_is_not_used_twice(stream: Read) -> None:
    """Two calls that a host gives the same id stay two calls that can be answered one by one."""
    reply = stream(_chunk(tool_calls=[_call(0, "same", "f"), _call(1, "same", "f")]), _chunk("tool_calls"))

    ids = [call[0] for call in _calls(reply)]
    assert ids[0] == "same"
    assert len(set(ids)) == 2


def test_arguments_that_are_no_json_stay_text(stream: Read) -> None:
    """Broken arguments are kept as the model wrote them."""
    reply = stream(_chunk(tool_calls=[_call(0, "a", "f", '{"x": ')]), _chunk("tool_calls"))

    assert _calls(reply) == [("a", "f", '{"x": ')]


@pytest.mark.parametrize(
    ("word", "calls", "expected"),
    [
        ("stop", False, "completed"),
        ("stop", True, "tool_calls_pending"),
        ("", True, "tool_calls_pending"),
        ("length", False, "max_tokens"),
        ("length", True, "max_tokens"),
        ("content_filter", False, "content_filtered"),
        ("tool_calls", False, "completed"),
        ("eos", False, "completed"),
        ("error", False, "error"),
        ("novel", False, "unknown"),
    ],
)
def test_finish_class_trusts_content(stream: Read, word: str, calls: bool, expected: str) -> None:
    """Calls in the reply count more than the vendor's word, unless the reply was cut; the word itself is kept."""
    content = {"tool_calls": [_call(0, "a", "f")]} if calls else {"content": "hi"}

    reply = stream(_chunk(**content), _chunk(word))

    assert (reply.result.finish_class, reply.result.stop_reason) == (expected, word)


def test_the_last_usage_counts(stream: Read) -> None:
    """Hosts that send a growing usage with each chunk are not added up, and null does not erase it."""
    first, last = {"total_tokens": 3}, {"total_tokens": 9}

    reply = stream(
        {**_chunk(content="a"), "usage": first},
        {**_chunk("stop"), "usage": last},
        {**_chunk(), "usage": None},
    )

    assert reply.result.usage is not None
    assert reply.result.usage.total == 9


def test_usage_in_the_vendor_corner(stream: Read) -> None:
    """Usage that a host puts beside the standard place is found."""
    groq = stream({**_chunk("stop", content="a"), "x_groq": {"usage": {"total_tokens": 4}}})

    assert groq.result.usage is not None
    assert groq.result.usage.total == 4


@pytest.mark.parametrize(
    "chunk",
    [
        {"error": {"message": "slow", "code": 429}},
        {"object": "error", "message": "slow", "code": 429},
        {"choices": [{"index": 0, "delta": {}, "error": {"message": "slow", "code": 429}}]},
    ],
)
def test_an_error_in_the_stream_raises(stream: Read, chunk: dict[str, Any]) -> None:
    """An error after status 200 is raised, wherever the host puts it."""
    with pytest.raises(RateLimited, match="slow"):
        stream(_chunk(content="half"), chunk)


def test_an_error_event_raises(reader: Any) -> None:
    """A server-sent event named `error` is one, whatever its shape."""
    _, reducer = reader()

    with pytest.raises(ProviderError, match="overloaded"):
        reducer.feed('{"message": "overloaded"}', "error")


@pytest.mark.parametrize(
    ("word", "done"), [(None, False), (None, True), ("", False)], ids=["cut", "done-too-early", "blank"]
)
def test_a_stream_without_finish_reason_is_truncated(stream: Read, word: str | None, done: bool) -> None:
    """A reply whose end was lost is an error, never a short reply."""
    with pytest.raises(TransportError) as caught:
        stream(_chunk(content="half"), _chunk(word), done=done)

    assert caught.value.code == "STREAM_TRUNCATED"


def test_invalid_json_is_quoted_without_keys(stream: Read) -> None:
    """A chunk that is no JSON is shown in the error, redacted."""
    with pytest.raises(TransportError) as caught:
        stream('{"choices": [ sk-abcdefgh12345678')

    assert caught.value.code == "INVALID_RESPONSE"
    assert '{"choices"' in caught.value.message
    assert "abcdefgh" not in caught.value.message


def test_refusal_is_a_block_of_its_own(stream: Read) -> None:
    """The refusal channel becomes marked text, and the finish class says so."""
    reply = stream(_chunk(content="Hm."), _chunk(refusal="I"), _chunk(refusal=" won't."), _chunk("stop"))

    assert [dict(block.payload) for block in reply.blocks()] == [
        {"text": "Hm."},
        {"text": "I won't.", "refusal": True},
    ]
    assert reply.result.finish_class == "refused"


def test_annotations_become_citations(stream: Read, port: Any) -> None:
    """Annotations are published when they come and kept on the text."""
    cited = {"type": "url_citation", "url_citation": {"url": "https://example.org"}}

    reply = stream(_chunk(content="See."), _chunk(annotations=[cited]), _chunk("stop"))

    assert reply.blocks()[0].payload["citations"] == [cited]
    assert [event.items for event in port.events if isinstance(event, Citations)] == [[cited]]


def test_search_results_become_citations(stream: Read, port: Any) -> None:
    """Sources that a host repeats on each chunk are published once."""
    found = {"search_results": [{"url": "https://example.org"}]}

    reply = stream({**_chunk(content="See."), **found}, {**_chunk("stop"), **found})

    assert reply.blocks()[0].payload["citations"] == found["search_results"]
    assert len([event for event in port.events if isinstance(event, Citations)]) == 1


def test_further_choices_are_kept_apart(stream: Read) -> None:
    """With n > 1 the first choice is the answer; the others are kept, and their calls are not pending."""
    reply = stream(
        _chunk(content="one"),
        _chunk(index=1, content="tw"),
        _chunk(index=1, content="o", tool_calls=[_call(0, "x", "f", "{")]),
        _chunk(index=1, tool_calls=[_call(0, arguments="}")]),
        _chunk("stop"),
        _chunk("tool_calls", index=1),
    )

    text, other = reply.blocks()
    choice = other.payload["opaque"]["choice"]
    assert (text.text, other.kind, _calls(reply)) == ("one", BlockKind.OTHER, [])
    assert (choice["index"], choice["finish_reason"], choice["message"]["content"]) == (
        1,
        "tool_calls",
        "two",
    )
    assert choice["message"]["tool_calls"][0]["function"] == {"name": "f", "arguments": "{}"}
    assert reply.result.finish_class == "completed"


def test_legacy_function_call(stream: Read) -> None:
    """The old `function_call` is a tool call with an id of ours; an empty one is none."""
    reply = stream(
        _chunk(function_call={"name": "f", "arguments": ""}),
        _chunk(function_call={"arguments": '{"x":1}'}),
        _chunk("function_call"),
    )
    empty = stream(_chunk(content="hi", function_call={"name": "", "arguments": ""}), _chunk("stop"))

    ((call_id, name, arguments),) = _calls(reply)
    assert call_id
    assert (name, arguments, reply.result.finish_class) == ("f", {"x": 1}, "tool_calls_pending")
    assert _calls(empty) == []


def test_custom_tool_call(stream: Read) -> None:
    """A custom tool's input is text, also where it looks like JSON."""
    reply = stream(
        _chunk(
            tool_calls=[{"index": 0, "id": "a", "type": "custom", "custom": {"name": "sql", "input": "{"}}]
        ),
        _chunk(tool_calls=[{"index": 0, "custom": {"input": "}"}}]),
        _chunk("tool_calls"),
    )

    assert _calls(reply) == [("a", "sql", "{}")]
    assert reply.blocks()[0].payload["opaque"]["type"] == "custom"


def test_audio_is_kept(stream: Read) -> None:
    """Spoken output is text by its transcript; id and sound are kept with it."""
    reply = stream(
        _chunk(audio={"id": "au1", "transcript": "Hel", "data": "YQ=="}),
        _chunk(audio={"transcript": "lo", "data": "YmM="}),
        _chunk("stop", audio={"expires_at": 9}),
    )

    (block,) = reply.blocks()
    assert block.text == "Hello"
    assert block.payload["opaque"]["audio"] == {"id": "au1", "expires_at": 9, "data": "YWJj"}


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_reasoning_of_compatible_hosts(stream: Read, field: str) -> None:
    """Reasoning comes before the text as a block of its own that remembers its field and host."""
    pieces: list[Any] = [{field: "Hm"}, {field: "..."}]

    reply = stream(
        _chunk(None, **pieces[0]),
        _chunk(None, **pieces[1]),
        _chunk(content="42"),
        _chunk("stop"),
        base_url=DEEPSEEK,
    )

    thought, text = reply.blocks()
    assert (thought.kind, thought.text, text.text) == (BlockKind.REASONING, "Hm...", "42")
    assert thought.payload["opaque"]["field"] == field
    assert thought.payload["opaque"]["host"] == "api.deepseek.example"


def test_reasoning_under_two_names_is_not_doubled(stream: Read) -> None:
    """A host that sends its reasoning under the old and the new name gives it once."""
    reply = stream(_chunk(reasoning="Hm", reasoning_content="Hm"), _chunk("stop", content="42"))

    assert [block.text for block in reply.blocks()] == ["Hm", "42"]


def test_reasoning_details_are_kept_whole(stream: Read) -> None:
    """Typed reasoning is put together from its pieces, signature included, and its text is not doubled."""
    pieces = [
        {"type": "reasoning.text", "index": 0, "text": "Let me", "signature": None},
        {"type": "reasoning.text", "index": 0, "text": " see", "signature": "s1"},
        {"type": "reasoning.encrypted", "index": 1, "data": "AAA"},
    ]

    reply = stream(
        _chunk(reasoning_details=[pieces[0]], reasoning="Let me"),
        _chunk(reasoning=" see", reasoning_details=[pieces[1]]),
        _chunk(reasoning_details=[pieces[2]]),
        _chunk("stop", content="ok"),
    )

    thought = reply.blocks()[0]
    assert thought.text == "Let me see"
    assert thought.payload["opaque"]["reasoning_details"] == [
        {"type": "reasoning.text", "index": 0, "text": "Let me see", "signature": "s1"},
        pieces[2],
    ]


def test_reasoning_details_alone_give_the_text(whole: Read) -> None:
    """A host that sends only typed reasoning still gives readable reasoning, before the text."""
    message = {"content": "ok", "reasoning_details": [{"type": "reasoning.text", "index": 0, "text": "Hm"}]}

    reply = whole({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]})

    assert [(block.kind, block.text) for block in reply.blocks()] == [
        (BlockKind.REASONING, "Hm"),
        (BlockKind.LLM_TEXT, "ok"),
    ]


def test_content_in_parts(whole: Read) -> None:
    """A host that answers in content parts is read, thinking parts as reasoning."""
    content = [
        {"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]},
        {"type": "text", "text": "ok"},
    ]

    reply = whole({"choices": [{"message": {"content": content}, "finish_reason": "stop"}]})

    assert [block.text for block in reply.blocks()] == ["Hm", "ok"]


def test_metadata_is_published_once(stream: Read, port: Any) -> None:
    """Model, response id, fingerprint and tier are kept; a host that changes the id per chunk causes no flood."""
    about = {"system_fingerprint": "fp", "service_tier": "default"}

    reply = stream({**_chunk(content="a"), **about}, {**_chunk("stop"), **about, "id": "c2"})

    (event,) = [event for event in port.events if isinstance(event, ProviderCallMetadata)]
    assert event.metadata == {"response_id": "c1", "model": "m1", **about}
    assert (reply.result.response_id, reply.result.model) == ("c1", "m1")


@pytest.mark.parametrize(
    "body",
    [{"object": "list"}, {"choices": None}, [], "hello", None],
)
def test_a_body_that_is_no_completion_raises(whole: Read, body: Any) -> None:
    """An answer of another kind is quoted in an error."""
    with pytest.raises(TransportError, match="none of this API"):
        whole(body)


def test_an_error_body_with_status_200_raises(whole: Read) -> None:
    """Routers that answer 200 with an error raise it."""
    with pytest.raises(ProviderError, match="broke"):
        whole({"error": {"message": "it broke", "code": 502}})


def test_an_empty_reply_has_no_blocks(whole: Read) -> None:
    """An empty message, as after reasoning that used up the limit, gives no empty block."""
    message = {"role": "assistant", "content": "", "tool_calls": None, "audio": {"id": "", "data": ""}}

    reply = whole({"choices": [{"message": message, "finish_reason": "length"}]})

    assert (reply.blocks(), reply.result.finish_class) == ([], "max_tokens")


BODIES: list[dict[str, Any]] = [
    {"content": "Grüße, 世界 🌍!"},
    {"content": None, "tool_calls": [
        {"id": "a", "type": "function", "function": {"name": "f", "arguments": '{"x": [1, 2], "y": "ä"}'}},
        {"id": "b", "type": "function", "function": {"name": "g", "arguments": ""}},
    ]},
    {"content": "Both.", "tool_calls": [
        {"id": "a", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}]},
    {"content": None, "refusal": "I cannot do that."},
    {"content": "42", "reasoning_content": "Thinking about it"},
    {"content": "42", "reasoning": "Hm hm", "reasoning_details": [
        {"type": "reasoning.text", "index": 0, "text": "Hm hm", "signature": "sig"}]},
    {"content": "See.", "annotations": [{"type": "url_citation", "url_citation": {"url": "https://example.org"}}]},
]  # fmt: skip


@pytest.mark.parametrize("message", BODIES)
@pytest.mark.parametrize("seed", range(3))
def test_streamed_equals_unstreamed(stream: Read, whole: Read, message: dict[str, Any], seed: int) -> None:
    """The same reply as a stream, however cut, and as a body gives equal blocks, usage and finish."""
    usage = {"prompt_tokens": 4, "completion_tokens": 6, "total_tokens": 10}
    other = {"content": "the other one", "tool_calls": BODIES[1]["tool_calls"]}
    body = {
        "id": "c1",
        "model": "m1",
        "usage": usage,
        "choices": [
            {"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"},
            {"index": 1, "message": {"role": "assistant", **other}, "finish_reason": "length"},
        ],
    }
    chance = random.Random(seed)

    plain = whole(body)
    streamed = stream(*_pieces(message, 0, chance), *_pieces(other, 1, chance), _chunk("stop"),
                      _chunk("length", index=1), {"choices": [], "usage": usage})  # fmt: skip

    assert _shown(streamed) == _shown(plain)
    assert streamed.result.usage == plain.result.usage
    assert (streamed.result.finish_class, streamed.result.stop_reason) == (plain.result.finish_class, "stop")


def _pieces(message: dict[str, Any], index: int, chance: random.Random) -> list[dict[str, Any]]:
    """Cut a message into the chunks a server might send."""
    chunks = [_chunk(index=index, role="assistant")]
    for name in ("reasoning_content", "reasoning", "reasoning_details", "content", "refusal", "annotations"):
        value = message.get(name)
        if isinstance(value, str):
            chunks += [_chunk(index=index, **{name: piece}) for piece in _cut(value, chance)]
        elif value is not None:
            chunks.append(_chunk(index=index, **{name: value}))
    for place, call in enumerate(message.get("tool_calls") or []):
        kind = call["type"]
        field = "arguments" if kind == "function" else "input"
        first = {
            "index": place,
            "id": call["id"],
            "type": kind,
            kind: {"name": call[kind]["name"], field: ""},
        }
        rest = [{"index": place, kind: {field: piece}} for piece in _cut(call[kind][field], chance)]
        chunks += [_chunk(index=index, tool_calls=[fragment]) for fragment in (first, *rest)]
    return json.loads(json.dumps(chunks))  # type: ignore[no-any-return]


def _cut(text: str, chance: random.Random) -> list[str]:
    pieces = []
    while text:
        size = chance.randint(1, 5)
        pieces.append(text[:size])
        text = text[size:]
    return pieces
