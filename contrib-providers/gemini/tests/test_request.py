from collections.abc import Callable
from typing import Any

import pytest
from geppetto.engine import InferenceConfig, ToolConfig
from geppetto.engine.keys import INFERENCE_CONFIG
from geppetto.errors import InvalidOption
from geppetto.tooling import ToolDefinition
from geppetto.turns import Turn, turn
from geppetto_provider_gemini.request import Request

Write = Callable[..., Request]
PROXY = "https://proxy.example/v1beta"
CITY = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
SEARCH: list[dict[str, Any]] = [{"googleSearch": {}}]


def _tool(name: str, parameters: Any = CITY, **more: Any) -> ToolDefinition:
    return ToolDefinition(
        name, f"Does {name}.", parameters, handler=lambda arguments, _context: arguments, **more
    )


def _hi() -> Turn:
    return turn().user("hi").build()


def test_the_smallest_request(request_of: Write) -> None:
    """Without options a request holds the contents alone; model and streaming are in the address."""
    request = request_of(_hi())

    assert request.body == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
    assert (request.model, request.stream) == ("gemini-3-flash", True)


def test_every_setting_has_its_field(request_of: Write) -> None:
    """Each setting of the table arrives under its wire name."""
    config = {
        "temperature": 0.5, "top_p": 0.9, "top_k": 40, "max_output_tokens": 7, "stop": ["x"], "seed": 1,
        "presence_penalty": 0.1, "frequency_penalty": 0.2, "candidate_count": 2, "response_logprobs": True,
        "logprobs": 3, "response_modalities": ["TEXT", "IMAGE"], "speech_config": {"languageCode": "de"},
        "image_config": {"aspectRatio": "16:9"}, "media_resolution": "low", "reasoning_effort": "high",
        "include_thoughts": True,
    }  # fmt: skip
    safety = [{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}]

    body = request_of(_hi(), **config, safety_settings=safety, service_tier="flex").body

    assert body["generationConfig"] == {
        "temperature": 0.5, "topP": 0.9, "topK": 40, "maxOutputTokens": 7, "stopSequences": ["x"], "seed": 1,
        "presencePenalty": 0.1, "frequencyPenalty": 0.2, "candidateCount": 2, "responseLogprobs": True,
        "logprobs": 3, "responseModalities": ["TEXT", "IMAGE"], "speechConfig": {"languageCode": "de"},
        "imageConfig": {"aspectRatio": "16:9"}, "mediaResolution": "MEDIA_RESOLUTION_LOW",
        "thinkingConfig": {"thinkingLevel": "HIGH", "includeThoughts": True},
    }  # fmt: skip
    assert (body["safetySettings"], body["serviceTier"]) == (safety, "flex")


def test_precedence_turn_run_settings(request_of: Write) -> None:
    """The turn's own config wins over the run's option, which wins over the profile."""
    given = turn().user("hi").data(INFERENCE_CONFIG, InferenceConfig(temperature=0.1, stream=False)).build()
    config = InferenceConfig(temperature=0.2, top_p=0.2, model="gemini-run")

    request = request_of(given, config, temperature=0.3, top_p=0.3, seed=3)

    assert request.body["generationConfig"] == {"temperature": 0.1, "topP": 0.2, "seed": 3}
    assert (request.model, request.stream) == ("gemini-run", False)


def test_an_empty_stop_clears(request_of: Write) -> None:
    """`stop: []` removes what the profile says, and the object around it."""
    assert "generationConfig" not in request_of(_hi(), InferenceConfig(stop=[]), stop=["x"]).body


def test_more_than_five_stops_are_refused(request_of: Write) -> None:
    """The vendor takes five."""
    with pytest.raises(InvalidOption) as caught:
        request_of(_hi(), stop=list("abcdef"))

    assert caught.value.subject == "stop"


@pytest.mark.parametrize(
    ("model", "setting", "value", "named"),
    [
        ("gemini-3-flash", "reasoning_budget", 100, "reasoning_effort"),
        ("gemini-pro-latest", "reasoning_budget", 100, "reasoning_effort"),
        ("models/gemini-2.5-pro", "reasoning_effort", "low", "reasoning_budget"),
        ("gemini-2.0-flash", "reasoning_budget", 100, "does not think"),
        ("gemini-2.0-flash", "include_thoughts", True, "does not think"),
    ],
)
def test_models_think_in_their_own_way(
    request_of: Write, model: str, setting: str, value: Any, named: str
) -> None:
    """What a model has no field for is an error that says what to use instead."""
    with pytest.raises(InvalidOption) as caught:
        request_of(_hi(), model=model, **{setting: value})

    assert (caught.value.code, caught.value.subject) == ("UNSUPPORTED_SETTING", setting)
    assert named in caught.value.next_step


def test_budgets_of_older_models(request_of: Write) -> None:
    """Gemini 2.5 takes a number of tokens, 0 and -1 included."""
    body = request_of(_hi(), InferenceConfig(reasoning_budget=0), model="gemini-2.5-flash").body

    assert body["generationConfig"] == {"thinkingConfig": {"thinkingBudget": 0}}


def test_level_and_budget_exclude_each_other(request_of: Write) -> None:
    """For a model without rules either may be set, never both."""
    with pytest.raises(InvalidOption, match="exclude each other"):
        request_of(_hi(), model="my-tuned-model", reasoning_budget=1, reasoning_effort="low")


def test_levels_of_a_model(request_of: Write) -> None:
    """A level that the model does not have is refused with those it has."""
    with pytest.raises(InvalidOption) as caught:
        request_of(_hi(), model="gemini-3-pro-preview", reasoning_effort="medium")

    assert caught.value.subject == "reasoning_effort"
    assert "low, high" in caught.value.next_step


@pytest.mark.parametrize(("policy", "warnings"), [("drop", 0), ("warn", 1)])
def test_a_profile_may_drop_what_is_unsupported(request_of: Write, policy: str, warnings: int) -> None:
    """Instead of an error the setting's name is kept as dropped."""
    request = request_of(_hi(), reasoning_budget=5, labels={"a": "b"}, unsupported=policy)

    assert request.dropped_settings == ("reasoning_budget", "labels")
    assert len(request.warnings) == 2 * warnings
    assert set(request.body) == {"contents"}


def test_labels_go_to_hosts_that_have_them(request_of: Write) -> None:
    """The Gemini API itself has no labels; a gateway to Vertex AI has."""
    with pytest.raises(InvalidOption, match="labels"):
        request_of(_hi(), labels={"team": "a"})

    assert request_of(_hi(), labels={"team": "a"}, base_url=PROXY).body["labels"] == {"team": "a"}


def test_tools(request_of: Write) -> None:
    """Tools are declared with plain JSON Schema, which is left out where nothing can be given."""
    empty = {"type": "object", "properties": {}}

    body = request_of(_hi(), tools=[_tool("weather lookup"), _tool("now", empty)]).body

    assert body["tools"] == [
        {"functionDeclarations": [
            {"name": "weather_lookup", "description": "Does weather lookup.", "parametersJsonSchema": CITY},
            {"name": "now", "description": "Does now."},
        ]}
    ]  # fmt: skip
    assert body["toolConfig"] == {"functionCallingConfig": {"mode": "AUTO"}}


@pytest.mark.parametrize(
    ("choice", "strict", "settings", "calling"),
    [
        ("auto", False, {}, {"mode": "AUTO"}),
        ("auto", True, {}, {"mode": "VALIDATED"}),
        ("auto", False, {"function_calling_mode": "VALIDATED"}, {"mode": "VALIDATED"}),
        ("auto", True, {"function_calling_mode": "AUTO"}, {"mode": "AUTO"}),
        ("none", True, {}, {"mode": "NONE"}),
        ("required", False, {"function_calling_mode": "VALIDATED"}, {"mode": "ANY"}),
        ("look up", False, {}, {"mode": "ANY", "allowedFunctionNames": ["look_up"]}),
    ],
)
def test_tool_choices(
    request_of: Write, choice: str, strict: bool, settings: dict[str, Any], calling: dict[str, Any]
) -> None:
    """Each choice has its mode; a named one allows that function alone."""
    body = request_of(
        _hi(), None, [_tool("look up", strict=strict)], ToolConfig(tool_choice=choice), **settings
    ).body

    assert body["toolConfig"] == {"functionCallingConfig": calling}


def test_a_named_tool_must_be_offered(request_of: Write) -> None:
    """A choice that nobody offers is an error."""
    with pytest.raises(InvalidOption, match="not offered"):
        request_of(_hi(), None, [_tool("f")], ToolConfig(tool_choice="g"))


def test_tools_that_are_not_allowed_are_not_sent(request_of: Write) -> None:
    """Neither tools nor a choice is sent when nothing may be called."""
    body = request_of(_hi(), None, [_tool("f")], ToolConfig(allowed_tools=[])).body

    assert set(body) == {"contents"}


def test_two_names_that_become_one_are_refused(request_of: Write) -> None:
    """The vendor could not tell them apart."""
    with pytest.raises(InvalidOption) as caught:
        request_of(_hi(), tools=[_tool("a b"), _tool("a/b")])

    assert caught.value.code == "TOOL_NAME_CONFLICT"


def test_server_tools(request_of: Write) -> None:
    """Tools at the vendor stand beside functions; what they did must then be returned."""
    alone = request_of(_hi(), server_tools=SEARCH).body
    both = request_of(_hi(), tools=[_tool("f")], server_tools=SEARCH).body
    told = request_of(_hi(), server_tools=SEARCH, include_server_side_tool_invocations=True).body

    assert alone["tools"] == SEARCH
    assert "toolConfig" not in alone
    assert [next(iter(tool)) for tool in both["tools"]] == ["functionDeclarations", "googleSearch"]
    assert both["toolConfig"]["includeServerSideToolInvocations"] is True
    assert told["toolConfig"] == {"includeServerSideToolInvocations": True}


def test_functions_of_mcp_servers_are_theirs(request_of: Write) -> None:
    """Where the vendor calls MCP servers, the reader knows which functions are of this side."""
    theirs = [{"mcpServers": [{"name": "srv"}]}]

    assert request_of(_hi(), tools=[_tool("my tool")], server_tools=theirs).offered == frozenset({"my_tool"})
    assert request_of(_hi(), server_tools=SEARCH).offered is None


@pytest.mark.parametrize("kind", ["server_tools", "response_format"])
def test_older_models_do_not_combine(request_of: Write, kind: str) -> None:
    """Before Gemini 3 neither server tools nor a schema of the reply stands beside functions."""
    config = InferenceConfig(response_format=CITY) if kind == "response_format" else None
    more = {"server_tools": SEARCH} if kind == "server_tools" else {}

    with pytest.raises(InvalidOption) as caught:
        request_of(_hi(), config, [_tool("f")], model="gemini-2.5-flash", **more)
    dropped = request_of(_hi(), config, [_tool("f")], model="gemini-2.5-flash", unsupported="drop", **more)

    assert (caught.value.code, caught.value.subject) == ("UNSUPPORTED_SETTING", kind)
    assert dropped.dropped_settings == (kind,)
    assert set(dropped.body) == {"contents", "tools", "toolConfig"}


def test_structured_replies(request_of: Write) -> None:
    """A schema goes as plain JSON Schema; JSON without one is a media type alone; both beside tools in Gemini 3."""
    json_only = request_of(_hi(), InferenceConfig(response_format={"type": "json"})).body
    shaped = request_of(_hi(), InferenceConfig(response_format=CITY), [_tool("f")], temperature=1).body

    assert json_only["generationConfig"] == {"responseMimeType": "application/json"}
    assert shaped["generationConfig"] == {
        "temperature": 1, "responseMimeType": "application/json", "responseJsonSchema": CITY,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "tools", "named"),
    [(turn().system("s").user("hi").build(), [], "systemInstruction"), (_hi(), [_tool("f")], "tools")],
)
def test_a_cache_holds_system_text_and_tools(
    request_of: Write, given: Turn, tools: list[ToolDefinition], named: str
) -> None:
    """Beside a cache neither is taken; the error says where they belong."""
    with pytest.raises(InvalidOption, match=named) as caught:
        request_of(given, tools=tools, cached_content="cachedContents/x")

    assert caught.value.subject == "cached_content"
    assert request_of(_hi(), cached_content="cachedContents/x").body["cachedContent"] == "cachedContents/x"


def test_extra_is_merged_object_by_object(request_of: Write) -> None:
    """The run's extra stands above the profile's; both leave what they do not name, and tools are added."""
    config = InferenceConfig(extra={"generationConfig": {"audioTimestamp": True}, "tools": SEARCH})
    profile = {"generationConfig": {"audioTimestamp": False, "topK": 1}, "store": False}

    body = request_of(_hi(), config, [_tool("f")], temperature=1, extra_body=profile).body

    assert body["generationConfig"] == {"temperature": 1, "topK": 1, "audioTimestamp": True}
    assert body["store"] is False
    assert [next(iter(tool)) for tool in body["tools"]] == ["functionDeclarations", "googleSearch"]


@pytest.mark.parametrize("name", ["contents", "systemInstruction", "model"])
def test_extra_cannot_replace_the_turn(request_of: Write, name: str) -> None:
    """What the engine itself writes is not to be contradicted."""
    with pytest.raises(InvalidOption, match="cannot be set"):
        request_of(_hi(), InferenceConfig(extra={name: []}))


def test_foreign_fields_are_refused_at_the_vendor_only(request_of: Write) -> None:
    """Another API's field, or one at the wrong place, is named before the vendor answers 400."""
    config = InferenceConfig(extra={"temperature": 1})

    with pytest.raises(InvalidOption) as caught:
        request_of(_hi(), config)
    body = request_of(_hi(), config, base_url=PROXY).body

    assert (caught.value.code, caught.value.subject) == ("UNSUPPORTED_SETTING", "temperature")
    assert body["temperature"] == 1


def test_every_body_fits_the_vendors_schema(
    request_of: Write, validate: Callable[[str, Any], list[tuple[str, str, str]]]
) -> None:
    """With all options that the published schema knows, it finds nothing wrong."""
    config = InferenceConfig(
        temperature=1,
        top_p=1,
        max_output_tokens=9,
        stop=["x"],
        seed=1,
        reasoning_effort="low",
        response_format=CITY,
    )
    body = request_of(
        turn().system("s").user("hi").build(), config, [_tool("a"), _tool("b", {"type": "object"})],
        server_tools=[*SEARCH, {"urlContext": {}}], top_k=3, include_thoughts=True, response_logprobs=True, logprobs=1,
        response_modalities=["TEXT"], media_resolution="high", service_tier="flex", candidate_count=1,
        safety_settings=[{"category": "HARM_CATEGORY_HARASSMENT", "threshold": "BLOCK_NONE"}],
    ).body  # fmt: skip

    assert validate("gemini", body) == []
