from collections.abc import Callable
from typing import Any

import pytest
from geppetto.errors import EncodeError
from geppetto.turns import Block, Turn, block
from geppetto_provider_gemini.origin import gemini_origin
from geppetto_provider_gemini.request import Request

Write = Callable[..., Request]
HOME = "https://generativelanguage.googleapis.com/v1beta"
BYPASS = "c2tpcF90aG91Z2h0X3NpZ25hdHVyZV92YWxpZGF0b3I="
OWN = gemini_origin(HOME, "gemini-3-flash")


def _contents(write: Write, *blocks: Block, **settings: Any) -> list[dict[str, Any]]:
    contents: list[dict[str, Any]] = write(Turn(blocks), **settings).body["contents"]
    return contents


def _own(made: Block, **content: Any) -> Block:
    """Mark a block as this origin does."""
    return made.replace(payload={**made.payload, "opaque": OWN.tagged(**content)})


def _signed_call(name: str, call_id: str = "", vendor_id: str = "", **beside: Any) -> Block:
    return _own(block.tool_call(name, {"x": 1}, id=call_id), id=vendor_id, part=beside)


def _model_parts(contents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [part for content in contents if content["role"] == "model" for part in content["parts"]]


def test_a_conversation(request_of: Write) -> None:
    """Users and the model take turns; blocks of one reply are parts of one content."""
    contents = _contents(
        request_of, block.user("hi"), block.assistant("Hello."), block.assistant("You?"), block.user("fine")
    )

    assert contents == [
        {"role": "user", "parts": [{"text": "hi"}]},
        {"role": "model", "parts": [{"text": "Hello."}, {"text": "You?"}]},
        {"role": "user", "parts": [{"text": "fine"}]},
    ]


def test_system_text_is_the_instruction_wherever_it_stands(request_of: Write) -> None:
    """All system blocks become parts of the instruction, in order; none breaks a call from its answer."""
    call = _signed_call("f", "a")

    body = request_of(
        Turn([block.system("Be brief."), block.user("hi"), call, block.system("Be kind."), block.tool_use("a", 1),
              block.system("")])
    ).body  # fmt: skip

    assert body["systemInstruction"] == {"parts": [{"text": "Be brief."}, {"text": "Be kind."}]}
    assert [content["role"] for content in body["contents"]] == ["user", "model", "user"]


@pytest.mark.parametrize("blocks", [[], [block.system("s")], [block.assistant("I begin.")], [block.user("")]])
def test_a_user_begins(request_of: Write, blocks: list[Block]) -> None:
    """Where no user says anything first, an empty user content stands there: the API wants one."""
    assert _contents(request_of, *blocks)[0] == {"role": "user", "parts": [{"text": ""}]}


def test_parallel_calls_and_their_answers(request_of: Write) -> None:
    """Calls of one reply stay together; their answers come in one content, in the order of the calls."""
    contents = _contents(
        request_of,
        block.user("go"),
        _signed_call("f", "a", thoughtSignature="s"),
        _signed_call("g", "b"),
        block.tool_use("b", {"of": "g"}),
        block.tool_use("a", {"of": "f"}),
    )

    assert contents[1:] == [
        {"role": "model", "parts": [
            {"functionCall": {"name": "f", "args": {"x": 1}}, "thoughtSignature": "s"},
            {"functionCall": {"name": "g", "args": {"x": 1}}},
        ]},
        {"role": "user", "parts": [
            {"functionResponse": {"name": "f", "response": {"of": "f"}}},
            {"functionResponse": {"name": "g", "response": {"of": "g"}}},
        ]},
    ]  # fmt: skip


def test_media_follow_all_answers(request_of: Write) -> None:
    """What a response cannot carry stands behind the last of them, in the same content."""
    film = {"type": "video", "media_type": "video/mp4", "url": "gs://bucket/film.mp4"}

    contents = _contents(
        request_of,
        block.user("go"), _signed_call("f", "a"), _signed_call("g", "b"),
        block.tool_use("a", parts=[film]), block.tool_use("b", 1),
    )  # fmt: skip

    assert [next(iter(part)) for part in contents[2]["parts"]] == [
        "functionResponse",
        "functionResponse",
        "fileData",
    ]


def test_steps_stay_apart(request_of: Write) -> None:
    """Calls one after the other are contents of their own, each with its signature."""
    contents = _contents(
        request_of,
        block.user("go"),
        _signed_call("f", "a", thoughtSignature="s1"),
        block.tool_use("a", 1),
        _signed_call("f", "b", thoughtSignature="s2"),
        block.tool_use("b", 2),
    )

    assert [content["role"] for content in contents] == ["user", "model", "user", "model", "user"]
    assert [part["thoughtSignature"] for part in _model_parts(contents)] == ["s1", "s2"]


def test_an_id_goes_back_only_where_one_came(request_of: Write) -> None:
    """The vendor's own id stands on call and answer; one of ours or of another vendor on neither."""
    contents = _contents(
        request_of,
        block.user("go"),
        _signed_call("f", "lx8q", vendor_id="lx8q"),
        _signed_call("g", "ours"),
        block.tool_call("h", id="call_openai"),
        *(block.tool_use(call, 1) for call in ("lx8q", "ours", "call_openai")),
    )

    calls = [part["functionCall"].get("id") for part in contents[1]["parts"]]
    answers = [part["functionResponse"].get("id") for part in contents[2]["parts"]]
    assert calls == answers == ["lx8q", None, None]


def test_answers_of_a_repeated_id_are_used_up_in_order(request_of: Write) -> None:
    """Two replies may use one id; each call gets its own answer."""
    contents = _contents(
        request_of,
        block.user("go"),
        block.tool_call("f", id="a"), block.tool_use("a", {"n": 1}),
        block.tool_call("f", id="a"), block.tool_use("a", {"n": 2}),
    )  # fmt: skip

    answers = [content["parts"][0]["functionResponse"]["response"] for content in contents[2::2]]
    assert answers == [{"n": 1}, {"n": 2}]


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ([block.tool_call("f", id="a")], "TOOL_CALL_UNANSWERED"),
        ([block.tool_use("a", 1)], "TOOL_RESULT_ORPHAN"),
    ],
)
def test_calls_and_answers_come_in_pairs(request_of: Write, blocks: list[Block], code: str) -> None:
    """A call without an answer, or an answer without a call, is refused before anything is sent."""
    with pytest.raises(EncodeError) as caught:
        _contents(request_of, block.user("go"), *blocks)

    assert caught.value.code == code


def test_signed_parts_go_back_as_they_came(request_of: Write) -> None:
    """Thoughts, signed texts, signatures alone and server tools are the very parts they were, in order."""
    alone = {"text": "", "thoughtSignature": "s2"}
    tool = {"toolCall": {"id": "t", "toolType": "GOOGLE_SEARCH_WEB"}, "thoughtSignature": "s3"}

    request = request_of(
        Turn([
            block.user("go"),
            block.reasoning("Why?", opaque=OWN.tagged(part={"thought": True})),
            block.assistant("So"),
            _own(block.assistant("."), part={"thoughtSignature": "s1"}),
            block.other({"opaque": OWN.tagged(part=alone)}),
            block.other({"opaque": OWN.tagged(part=tool)}),
        ])
    )  # fmt: skip

    assert _model_parts(request.body["contents"]) == [
        {"text": "Why?", "thought": True}, {"text": "So"}, {"text": ".", "thoughtSignature": "s1"}, alone, tool,
    ]  # fmt: skip
    assert request.dropped_blocks == ()


def test_generated_media_go_back(request_of: Write) -> None:
    """An image that the model made is shown to it again, with the signature it came with."""
    image = {"type": "image", "media_type": "image/png", "data": "aW1n"}
    made = block.assistant("")
    signed = made.replace(
        payload={**made.payload, "parts": [image], "opaque": OWN.tagged(part={"thoughtSignature": "s"})}
    )

    contents = _contents(request_of, block.user("draw"), signed, block.user("larger"))

    assert _model_parts(contents) == [
        {"inlineData": {"mimeType": "image/png", "data": "aW1n"}, "thoughtSignature": "s"}
    ]


def test_content_of_another_origin_is_left_out_and_named(request_of: Write) -> None:
    """Reasoning, signatures and opaque blocks of others are dropped; texts and calls stay, without what was beside."""
    other = gemini_origin(HOME, "gemini-2.5-pro")
    thought = block.reasoning("hm", opaque=other.tagged(part={"thought": True}))
    text = block.assistant("Hello.")
    text = text.replace(payload={**text.payload, "opaque": other.tagged(part={"thoughtSignature": "s"})})
    search = block.other({"opaque": {"provider": "openai", "item": {"type": "web_search_call"}}})
    plain = block.reasoning("without any mark")

    request = request_of(Turn([block.user("hi"), thought, text, search, plain, block.user("go")]))

    assert _model_parts(request.body["contents"]) == [{"text": "Hello."}]
    assert request.dropped_blocks == (thought.id, text.id, search.id, plain.id)


def test_models_of_a_family_read_each_others_signatures(request_of: Write) -> None:
    """What Gemini 3 Flash signed goes to Gemini 3.1 Pro, not to Gemini 2.5 and not to another host."""
    signed = _own(block.assistant("Hi."), part={"thoughtSignature": "s"})

    def sent(**settings: Any) -> Any:
        return _model_parts(_contents(request_of, block.user("hi"), signed, **settings))[0].get(
            "thoughtSignature"
        )

    assert [sent(model=model) for model in ("gemini-3.1-pro-preview", "models/gemini-flash-latest")] == [
        "s",
        "s",
    ]
    assert sent(model="gemini-2.5-flash") is None
    assert sent(base_url="https://proxy.example/v1beta") is None


def test_what_only_tells_how_a_reply_ended_is_not_sent(request_of: Write) -> None:
    """Further candidates and the reason of a filtered reply stay here, and count as nothing dropped."""
    choice = block.other({"opaque": OWN.tagged(choice={"content": {}})})
    ending = block.other({"opaque": OWN.tagged(ending={"finishReason": "SAFETY"})})

    request = request_of(Turn([block.user("hi"), choice, ending]))

    assert request.body["contents"] == [{"role": "user", "parts": [{"text": "hi"}]}]
    assert request.dropped_blocks == ()


def test_foreign_calls_of_the_current_turn_say_that_they_are(request_of: Write) -> None:
    """Gemini 3 wants a signature on the first call of each step; for calls of others the vendor has a value."""
    contents = _contents(
        request_of,
        block.user("first"), block.tool_call("f", id="old"), block.tool_use("old", 1),
        block.user("second"),
        block.tool_call("f", id="a"), block.tool_call("g", id="b"), block.tool_use("a", 1), block.tool_use("b", 1),
        block.tool_call("f", id="c"), block.tool_use("c", 1),
    )  # fmt: skip

    signatures = [part.get("thoughtSignature") for part in _model_parts(contents)]
    assert signatures == [None, BYPASS, None, BYPASS]


@pytest.mark.parametrize(
    ("call", "model"),
    [
        pytest.param(block.tool_call("f", id="a"), "gemini-2.5-flash", id="a model that does not ask"),
        pytest.param(_signed_call("f", "a"), "gemini-3-flash", id="a call of its own"),
    ],
)
def test_nothing_else_gets_that_value(request_of: Write, call: Block, model: str) -> None:
    """Neither an older model's request nor a call that this origin made without a signature is touched."""
    contents = _contents(request_of, block.user("go"), call, block.tool_use("a", 1), model=model)

    assert "thoughtSignature" not in _model_parts(contents)[0]


@pytest.mark.parametrize(
    ("args", "sent"), [(None, {}), ({"a": [1]}, {"a": [1]}), ("{broken", {"arguments": "{broken"})]
)
def test_arguments_are_an_object(request_of: Write, args: Any, sent: dict[str, Any]) -> None:
    """Whatever a model wrote goes back as an object, because this API takes nothing else."""
    contents = _contents(
        request_of, block.user("go"), block.tool_call("f", args, id="a"), block.tool_use("a", 1)
    )

    assert _model_parts(contents)[0]["functionCall"]["args"] == sent


def test_names_are_written_as_the_vendor_wants_them(request_of: Write) -> None:
    """Call and answer carry the same legal name."""
    contents = _contents(
        request_of, block.user("go"), block.tool_call("1 look/up", id="a"), block.tool_use("a", 1)
    )

    assert contents[1]["parts"][0]["functionCall"]["name"] == "_1_look_up"
    assert contents[2]["parts"][0]["functionResponse"]["name"] == "_1_look_up"
