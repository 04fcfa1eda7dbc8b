from typing import Any

import pytest
from geppetto.engine import InferenceConfig, ToolConfig
from geppetto.engine.keys import INFERENCE_CONFIG
from geppetto.errors import EncodeError, InvalidOption
from geppetto.tooling import ToolDefinition
from geppetto.turns import Turn, block, turn
from geppetto_provider_openai.origin import chat_origin
from geppetto_provider_openai.request import Request, build_request
from geppetto_provider_openai.settings import OpenAISettings
from geppetto_provider_openai.strict import is_strict

HOST = "https://api.host.example/v1"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"],
        "additionalProperties": False}  # fmt: skip


def _tool(name: str, **more: Any) -> ToolDefinition:
    return ToolDefinition(name, f"Does {name}.", CITY, handler=lambda arguments, _context: arguments, **more)


def _request(
    given: Turn | None = None,
    config: InferenceConfig | None = None,
    tools: list[ToolDefinition] | None = None,
    tool_config: ToolConfig | None = None,
    **settings: Any,
) -> Request:
    return build_request(
        given or turn().user("hi").build(),
        config or InferenceConfig(),
        tools or [],
        tool_config or ToolConfig(),
        OpenAISettings.model_validate({"model": "gpt-4o", **settings}),
    )


def _messages(*blocks: Any, **settings: Any) -> list[dict[str, Any]]:
    messages: list[dict[str, Any]] = _request(Turn(blocks), **settings).body["messages"]
    return messages


def test_the_smallest_request() -> None:
    """Without options a request holds model, messages and the stream's two fields."""
    request = _request()

    assert request.body == {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": "hi"}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_stream_options_only_with_a_stream() -> None:
    """An unstreamed request has no stream options."""
    body = _request(config=InferenceConfig(stream=False)).body

    assert body["stream"] is False
    assert "stream_options" not in body


def test_every_setting_has_its_field() -> None:
    """Each setting of the table arrives under its wire name."""
    values: dict[str, Any] = {
        "temperature": 0.5, "top_p": 0.9, "max_output_tokens": 7, "stop": ["x"], "seed": 1, "presence_penalty": 0.1,
        "frequency_penalty": 0.2, "logit_bias": {"5": 1}, "reasoning_effort": "low", "verbosity": "low",
        "service_tier": "flex", "store": False, "metadata": {"a": "b"}, "user": "u", "safety_identifier": "s",
        "prompt_cache_key": "p",
        "prompt_cache_retention": "24h",
        "prompt_cache_options": {"mode": "explicit", "ttl": "30m"},
    }  # fmt: skip

    body = _request(**values).body

    expected = {**values, "max_completion_tokens": 7}
    del expected["max_output_tokens"]
    assert {name: body[name] for name in expected} == expected
    assert "max_output_tokens" not in body


def test_older_hosts_get_max_tokens() -> None:
    """The limit's name follows the setting."""
    body = _request(max_output_tokens=7, max_tokens_field="max_tokens").body

    assert body["max_tokens"] == 7
    assert "max_completion_tokens" not in body


def test_precedence_turn_run_settings() -> None:
    """The turn's own config wins over the run's option, which wins over the profile."""
    given = turn().user("hi").data(INFERENCE_CONFIG, InferenceConfig(temperature=0.1)).build()
    config = InferenceConfig(temperature=0.2, top_p=0.2, model="gpt-run")

    body = _request(given, config, temperature=0.3, top_p=0.3, seed=3).body

    assert (body["temperature"], body["top_p"], body["seed"], body["model"]) == (0.1, 0.2, 3, "gpt-run")


def test_an_empty_stop_clears() -> None:
    """`stop: []` removes what the profile says."""
    assert "stop" not in _request(config=InferenceConfig(stop=[]), stop=["x"]).body


def test_unknown_settings_are_refused() -> None:
    """What this API has no field for is an error, not silence."""
    with pytest.raises(InvalidOption) as caught:
        _request(config=InferenceConfig(reasoning_budget=1000))

    assert (caught.value.code, caught.value.subject) == ("UNSUPPORTED_SETTING", "reasoning_budget")


def test_foreign_fields_are_refused_at_the_vendor_only() -> None:
    """Another API's field is an error at api.openai.com and passes to a compatible host."""
    config = InferenceConfig(extra={"thinking": {"type": "enabled"}})

    with pytest.raises(InvalidOption, match="thinking"):
        _request(config=config)
    body = _request(config=config, base_url=HOST).body

    assert body["thinking"] == {"type": "enabled"}


def test_extra_goes_as_it_is() -> None:
    """Extra of the run stands above extra of the profile, and may not replace what the engine decides."""
    body = _request(config=InferenceConfig(extra={"a": 1}), extra_body={"a": 0, "b": 2}).body

    assert (body["a"], body["b"]) == (1, 2)
    with pytest.raises(InvalidOption, match="stream"):
        _request(extra_body={"stream": False})


def test_no_model_is_an_error() -> None:
    """A request without a model names the option to give."""
    with pytest.raises(InvalidOption) as caught:
        _request(model=None)

    assert "--model" in caught.value.next_step


def test_roles() -> None:
    """System text takes the role that the model reads; empty blocks are skipped."""
    blocks = [
        block.system("Be kind."),
        block.system(""),
        block.user(""),
        block.user("hi"),
        block.assistant(""),
    ]

    assert _messages(*blocks) == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "hi"},
    ]
    assert _messages(*blocks, model="o3")[0]["role"] == "developer"


def test_content_parts() -> None:
    """Images, documents and audio become the parts of this API."""
    given = block.user(
        "look",
        block.image("https://example.org/a.png", detail="low"),
        block.image(b"abc", media_type="image/png"),
        block.document(b"abc", media_type="application/pdf", name="a.pdf"),
        {"type": "document", "file_id": "file-1"},
        block.audio(b"abc", media_type="audio/mpeg"),
        {"type": "text", "text": "end"},
    )

    (message,) = _messages(given)

    assert message["content"] == [
        {"type": "text", "text": "look"},
        {"type": "image_url", "image_url": {"url": "https://example.org/a.png", "detail": "low"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,YWJj"}},
        {"type": "file", "file": {"filename": "a.pdf", "file_data": "data:application/pdf;base64,YWJj"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "input_audio", "input_audio": {"data": "YWJj", "format": "mp3"}},
        {"type": "text", "text": "end"},
    ]


@pytest.mark.parametrize(
    "part",
    [
        {"type": "document", "url": "https://example.org/a.pdf"},
        {"type": "audio", "url": "https://example.org/a.mp3"},
        {"type": "image", "file_id": "file-1"},
        {"type": "video", "data": "YWJj"},
    ],
)
def test_parts_that_cannot_be_sent(part: dict[str, Any]) -> None:
    """A part that this API has no form for is an error before the request."""
    with pytest.raises(EncodeError) as caught:
        _messages(block.user("look", part))

    assert (caught.value.code, caught.value.phase) == ("UNSUPPORTED_CONTENT", "encode")


def test_one_reply_is_one_message() -> None:
    """Text and calls of a reply merge; answers follow in call order, whatever order they came in."""
    messages = _messages(
        block.user("weather?"),
        block.assistant("Let me look."),
        block.tool_call("weather.lookup", {"city": "Ürümqi"}, id="a"),
        block.tool_call("clock", id="b"),
        block.tool_use("b", {"time": [1, None]}),
        block.tool_use("a", "sunny"),
        block.assistant("Sunny."),
    )

    assert messages[1:] == [
        {
            "role": "assistant",
            "content": "Let me look.",
            "tool_calls": [
                {"id": "a", "type": "function",
                 "function": {"name": "weather_lookup", "arguments": '{"city":"Ürümqi"}'}},
                {"id": "b", "type": "function", "function": {"name": "clock", "arguments": "{}"}},
            ],
        },
        {"role": "tool", "tool_call_id": "a", "content": "sunny"},
        {"role": "tool", "tool_call_id": "b", "content": '{"time":[1,null]}'},
        {"role": "assistant", "content": "Sunny."},
    ]  # fmt: skip


def test_content_is_null_only_beside_calls() -> None:
    """A reply of calls alone has null content; several texts become parts."""
    calling = _messages(block.tool_call("f", id="a"), block.tool_use("a", error="no such city"))
    talking = _messages(block.assistant("one"), block.assistant("two"))

    assert calling[0]["content"] is None
    assert calling[1]["content"] == "no such city"
    assert "tool_calls" not in talking[0]
    assert talking[0]["content"] == [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]


def test_answers_stand_behind_their_calls() -> None:
    """An answer that comes later in the turn is moved to its call."""
    messages = _messages(block.tool_call("f", id="a"), block.user("well?"), block.tool_use("a", 1))

    assert [message["role"] for message in messages] == ["assistant", "tool", "user"]


def test_repeated_ids_are_answered_in_order() -> None:
    """Hosts number calls from 0 in each reply: every call gets its own answer."""
    messages = _messages(
        block.tool_call("f", id="call_0"), block.tool_use("call_0", "first"),
        block.tool_call("f", id="call_0"), block.tool_use("call_0", "second"),
    )  # fmt: skip

    assert [message["content"] for message in messages if message["role"] == "tool"] == ["first", "second"]


@pytest.mark.parametrize(
    ("blocks", "code"),
    [
        ([block.tool_call("f", id="a")], "TOOL_CALL_UNANSWERED"),
        ([block.tool_use("a", 1)], "TOOL_RESULT_ORPHAN"),
    ],
)
def test_calls_and_answers_must_pair(blocks: list[Any], code: str) -> None:
    """A call without an answer, or the reverse, is an error of ours that names the id."""
    with pytest.raises(EncodeError) as caught:
        _messages(block.user("hi"), *blocks)

    assert (caught.value.code, caught.value.subject, caught.value.phase) == (code, "a", "encode")


def test_images_of_a_tool_follow_in_a_user_message() -> None:
    """A tool message holds text only; what else a tool gave comes after all answers."""
    picture = block.image(b"abc", media_type="image/png")

    messages = _messages(
        block.tool_call("f", id="a"),
        block.tool_call("f", id="b"),
        block.tool_use("a", parts=[picture, {"type": "text", "text": "a chart"}]),
        block.tool_use("b", parts=[picture]),
    )

    assert [message["role"] for message in messages] == ["assistant", "tool", "tool", "user"]
    assert messages[1]["content"] == "a chart"
    assert messages[2]["content"]
    assert [part["type"] for part in messages[3]["content"]] == ["image_url", "image_url"]


def test_raw_arguments_stay_raw() -> None:
    """Arguments that were no JSON go back as the model wrote them."""
    (message, _) = _messages(block.tool_call("f", '{"x": ', id="a"), block.tool_use("a", error="bad"))

    assert message["tool_calls"][0]["function"]["arguments"] == '{"x": '


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
def test_reasoning_goes_back_where_it_came_from(field: str) -> None:
    """Reasoning returns to its host and model in its field; elsewhere it is left out, and that is recorded."""
    opaque = chat_origin(HOST, "m1").tagged(field=field)
    blocks = [block.reasoning("Hm", id="r1", opaque=opaque), block.assistant("42")]

    home = _messages(*blocks, base_url=HOST, model="m1")
    away = _request(Turn(blocks), base_url=HOST, model="m2")
    foreign = _messages(block.reasoning("Hm", signature="s"), block.assistant("42"))

    assert home == [{"role": "assistant", "content": "42", field: "Hm"}]
    assert (away.body["messages"], away.dropped_blocks) == ([{"role": "assistant", "content": "42"}], ("r1",))
    assert foreign == [{"role": "assistant", "content": "42"}]


def test_reasoning_details_go_back_whole() -> None:
    """Typed reasoning returns byte for byte, in place of its text."""
    details = [{"type": "reasoning.text", "text": "Hm", "signature": "s", "index": 0}]
    opaque = chat_origin(HOST, "gpt-4o").tagged(reasoning_details=details)

    messages = _messages(block.reasoning("Hm", opaque=opaque), block.assistant("42"), base_url=HOST)

    assert messages == [{"role": "assistant", "content": "42", "reasoning_details": details}]


def test_reasoning_alone_is_no_message() -> None:
    """A reply that never came to its text is not sent as an empty message."""
    opaque = chat_origin(HOST, "gpt-4o").tagged(field="reasoning")

    messages = _messages(block.reasoning("Hm", opaque=opaque), block.user("go on"), base_url=HOST)

    assert [message["role"] for message in messages] == ["user"]


def test_refusals_and_audio() -> None:
    """A refusal returns as such to the vendor and as text to others; audio returns by its id."""
    refused = block.assistant("No.").replace(payload={"text": "No.", "refusal": True})
    audio = chat_origin("https://api.openai.com/v1", "gpt-4o").tagged(audio={"id": "au1"})
    spoken = block.assistant("Hello").replace(payload={"text": "Hello", "opaque": audio})

    assert _messages(refused) == [{"role": "assistant", "content": None, "refusal": "No."}]
    assert _messages(refused, base_url=HOST) == [{"role": "assistant", "content": "No."}]
    assert _messages(spoken) == [{"role": "assistant", "content": None, "audio": {"id": "au1"}}]
    assert _messages(spoken, base_url=HOST) == [{"role": "assistant", "content": "Hello"}]


def test_custom_calls_go_back_as_custom() -> None:
    """A custom tool's call keeps its kind and its text."""
    opaque = chat_origin("https://api.openai.com/v1", "gpt-4o").tagged(type="custom")
    call = block.tool_call("sql", "select 1", id="a")
    call = call.replace(payload={**call.payload, "opaque": opaque})

    message, _ = _messages(call, block.tool_use("a", "1"))

    assert message["tool_calls"] == [
        {"id": "a", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}
    ]


def test_other_blocks_are_left_out() -> None:
    """Content without a kind, such as further choices, is not sent, and that is recorded."""
    request = _request(Turn([block.user("hi"), block.other({"opaque": {"provider": "x"}}, id="o1")]))

    assert (len(request.body["messages"]), request.dropped_blocks) == (1, ("o1",))


def test_tools() -> None:
    """Allowed tools are offered under names this API accepts."""
    tools = [_tool("weather.lookup", strict=True), _tool("clock")]

    body = _request(tools=tools, tool_config=ToolConfig(allowed_tools=["weather.lookup"])).body

    assert body["tool_choice"] == "auto"
    assert body["tools"] == [
        {
            "type": "function",
            "function": {
                "name": "weather_lookup",
                "description": "Does weather.lookup.",
                "parameters": CITY,
                "strict": True,
            },
        }
    ]


@pytest.mark.parametrize(
    "tool_config", [ToolConfig(enabled=False, tool_choice="required"), ToolConfig(allowed_tools=[])]
)
def test_no_tools_no_fields(tool_config: ToolConfig) -> None:
    """Without an offered tool no tool field is sent: the API refuses empty lists."""
    body = _request(tools=[_tool("f")], tool_config=tool_config, parallel_tool_calls=False).body

    assert not {"tools", "tool_choice", "parallel_tool_calls"} & body.keys()


@pytest.mark.parametrize("choice", ["auto", "none", "required"])
def test_tool_choices(choice: str) -> None:
    """The three general choices have the same names here."""
    body = _request(
        tools=[_tool("f")], tool_config=ToolConfig(tool_choice=choice), parallel_tool_calls=True
    ).body

    assert (body["tool_choice"], body["parallel_tool_calls"]) == (choice, True)


def test_a_named_tool() -> None:
    """A tool can be demanded by our name; one that is not offered is an error."""
    tools = [_tool("a.b")]

    body = _request(tools=tools, tool_config=ToolConfig(tool_choice="a.b")).body

    assert body["tool_choice"] == {"type": "function", "function": {"name": "a_b"}}
    with pytest.raises(InvalidOption, match="not offered: c"):
        _request(tools=tools, tool_config=ToolConfig(tool_choice="c"))


def test_colliding_names_are_refused() -> None:
    """Two tools that would share a wire name are an error."""
    with pytest.raises(InvalidOption, match="a_b"):
        _request(tools=[_tool("a.b"), _tool("a_b")])


def test_hosted_tools_stand_beside_ours() -> None:
    """Tools given as extra are added to the run's own."""
    hosted = {"type": "custom", "custom": {"name": "sql"}}

    body = _request(tools=[_tool("f")], extra_body={"tools": [hosted]}).body

    assert [tool["type"] for tool in body["tools"]] == ["function", "custom"]


def test_response_formats() -> None:
    """JSON mode and schemas are told apart; an eligible schema is sent as strict, another is not."""
    loose = {"type": "object", "properties": {"a": {"type": "string"}}, "title": "My Reply!"}

    any_json = _request(config=InferenceConfig(response_format={"type": "json"})).body
    strict = _request(config=InferenceConfig(response_format=CITY)).body
    named = _request(config=InferenceConfig(response_format=loose)).body

    assert any_json["response_format"] == {"type": "json_object"}
    assert strict["response_format"] == {
        "type": "json_schema",
        "json_schema": {"name": "reply", "schema": CITY, "strict": True},
    }
    assert named["response_format"]["json_schema"] == {"name": "My_Reply_", "schema": loose}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, True),
        ({"additionalProperties": True}, False),
        ({"required": []}, False),
        ({"anyOf": [CITY]}, False),
        ({"type": "array"}, False),
        ({"properties": {"city": {"type": "object"}}}, False),
        ({"properties": {"city": {"anyOf": [{"type": "null"}, {"oneOf": []}]}}}, False),
        ({"properties": {"city": {"anyOf": [{"type": "null"}, CITY]}}}, True),
        (
            {"properties": {"city": {"type": "array", "items": {"$ref": "#/$defs/c"}}}, "$defs": {"c": CITY}},
            True,
        ),
        ({"$defs": {"c": {"type": "object", "properties": {"x": {}}}}}, False),
    ],
)
def test_which_schemas_are_strict(change: dict[str, Any], expected: bool) -> None:
    """A schema is strict where every object is closed and requires all it has, and no refused keyword occurs."""
    assert is_strict({**CITY, **change}) is expected


def test_the_turn_is_not_changed() -> None:
    """Building a request is pure: the same turn gives the same body again."""
    given = turn().user("hi").tool_call("f", {"x": [1]}, id="a").tool_use("a", {"y": 2}).build()
    before = given.to_json()

    first, second = _request(given).body, _request(given).body
    first["messages"][0]["content"] = "changed"

    assert second["messages"][0]["content"] == "hi"
    assert given.to_json() == before
