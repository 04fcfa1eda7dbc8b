import json
import logging
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from geppetto.credentials import CredentialStore
from geppetto.engine import CredentialSpec, DebugTap, Deps, InferenceConfig, Paths, RunContext
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.errors import AuthenticationFailed, CredentialError, InvalidOption, ProviderError, RateLimited
from geppetto.events import AttemptDiscarded, Event, Log, ReasoningDelta, TextDelta
from geppetto.provider import HttpEngine
from geppetto.testing import Exchange, RecordingPort, ReplayServer
from geppetto.tooling import ToolDefinition
from geppetto.transport import HttpTransport, Limits, RetryPolicy
from geppetto.transport.retry import Retrier
from geppetto.turns import BlockKind, Turn, block, from_json, to_json, turn
from geppetto_provider_gemini.plugin import GEMINI, geppetto_engine_factories

Build = Callable[..., HttpEngine]
Context = Callable[..., RunContext]
USAGE = {"promptTokenCount": 3, "candidatesTokenCount": 2, "totalTokenCount": 5}
STREAM = "/v1beta/models/gemini-3-flash:streamGenerateContent?alt=sse"


def _chunk(*parts: dict[str, Any], finish: str | None = None, **more: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {
        "candidates": [candidate],
        "modelVersion": "m1",
        "responseId": "r1",
        "usageMetadata": USAGE,
        **more,
    }


def _streamed(*chunks: Any, **options: Any) -> Exchange:
    """Write chunks as the vendor does: no event names, CRLF."""
    pieces = [f"data: {json.dumps(chunk, ensure_ascii=False)}\r\n\r\n".encode() for chunk in chunks]
    return Exchange(headers={"content-type": "text/event-stream"}, chunks=pieces, **options)


def _hello() -> Exchange:
    return _streamed(
        _chunk({"text": "Hmm", "thought": True}),
        _chunk({"text": "Hel"}),
        _chunk({"text": "lo ü"}, finish="STOP"),
    )


def _error(code: int, status: str, message: str = "?", details: Any = ()) -> dict[str, Any]:
    return {"error": {"code": code, "status": status, "message": message, "details": list(details)}}


@pytest.fixture
async def transport() -> AsyncIterator[HttpTransport]:
    """Give a transport for loopback addresses that waits only a moment before another try."""
    retrier = Retrier(RetryPolicy(first_wait=0.01))
    made = HttpTransport(Limits(idle=1.0), allow_local=True, retrier=retrier)
    yield made
    await made.aclose()


@pytest.fixture
def build(transport: HttpTransport, tmp_path: Path) -> Build:
    """Give a function that builds the engine as a host does."""

    def make(
        server: ReplayServer | None = None, env: dict[str, str] | None = None, **settings: Any
    ) -> HttpEngine:
        paths = Paths(tmp_path, tmp_path)
        deps = Deps(
            transport=transport,
            credentials=CredentialStore(paths, env or {}),
            engine=lambda name, **_settings: pytest.fail(name),
            per_loop=lambda factory: factory,
            paths=paths,
            clock=lambda: 0.0,
            log=logging.getLogger("test"),
        )
        given = {"model": "gemini-3-flash", **({"base_url": server.url} if server else {}), **settings}
        model: Any = GEMINI.settings()
        engine: Any = GEMINI.build(model.model_validate(given), deps)
        return engine  # type: ignore[no-any-return]

    return make


def _of(events: list[Event], kind: type[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


def _hi() -> Turn:
    return turn().user("hi").build()


async def test_a_streamed_reply(build: Build, context: Context, port: RecordingPort) -> None:
    """A stream becomes deltas as it comes, and a turn with blocks, usage and ids; the key is a header."""
    async with ReplayServer([_hello()]) as server:
        given = _hi()

        completed = await build(server, api_key="AIza-test").run_inference(context(), given)

        (request,) = server.requests
        assert (request.method, request.path) == ("POST", STREAM)
        assert request.headers["x-goog-api-key"] == "AIza-test"
        assert request.json == {"contents": [{"role": "user", "parts": [{"text": "hi"}]}]}
        assert (completed.text, len(given.blocks)) == ("Hello ü", 1)
        result = completed.metadata.get(INFERENCE_RESULT)
        assert result is not None
        assert (result.provider, result.model, result.finish_class) == ("gemini", "m1", "completed")
        assert (result.response_id, result.attempts, result.stop_reason) == ("r1", 1, "STOP")
        assert result.usage is not None
        assert result.usage.total == 5
        assert [event.delta for event in _of(port.events, TextDelta)] == ["Hel", "lo ü"]
        assert [event.delta for event in _of(port.events, ReasoningDelta)] == ["Hmm"]


async def test_a_tool_round_keeps_the_signature(build: Build, context: Context) -> None:
    """A call comes under our tool's name, and goes back with its signature and its id, beside the answer."""
    call = {
        "functionCall": {"name": "weather_lookup", "args": {"city": "Oslo"}, "id": "lx8q"},
        "thoughtSignature": "s=",
    }
    tool = ToolDefinition(
        "weather lookup", "", {"type": "object"}, handler=lambda arguments, _context: arguments
    )
    async with ReplayServer(
        [_streamed(_chunk(call), _chunk({"text": ""}, finish="STOP")), _hello()]
    ) as server:
        engine, ctx = build(server), context(tools=[tool])

        called = await engine.run_inference(ctx, turn().user("weather?").build())
        (found,) = called.of_kind(BlockKind.TOOL_CALL)
        stored = from_json(to_json(called))  # as a session on disk gives it back
        completed = await engine.run_inference(ctx, stored.append(block.tool_use(found.id, {"sun": True})))

        assert (found.payload["name"], found.payload["args"]) == ("weather lookup", {"city": "Oslo"})
        assert completed.text == "Hello ü"
        assert server.requests[1].json["contents"][1:] == [
            {"role": "model", "parts": [call]},
            {"role": "user", "parts": [
                {"functionResponse": {"name": "weather_lookup", "id": "lx8q", "response": {"sun": True}}}
            ]},
        ]  # fmt: skip


async def test_functions_that_run_at_the_vendor_wait_for_nobody(build: Build, context: Context) -> None:
    """A call of an MCP server at the vendor comes with its answer, and the reply is complete."""
    theirs = [
        {"functionCall": {"name": "srv_time", "args": {}}},
        {"functionResponse": {"name": "srv_time", "response": {"t": 1}}},
    ]
    async with ReplayServer([_streamed(_chunk(*theirs, {"text": "One."}, finish="STOP"))]) as server:
        engine = build(server, server_tools=[{"mcpServers": [{"name": "srv"}]}])

        completed = await engine.run_inference(context(), _hi())

        assert completed.of_kind(BlockKind.TOOL_CALL) == []
        result = completed.metadata.get(INFERENCE_RESULT)
        assert result is not None
        assert (result.finish_class, completed.text) == ("completed", "One.")


async def test_an_unstreamed_reply(build: Build, context: Context, port: RecordingPort) -> None:
    """Without streaming the other method is asked, and the body gives the same events."""
    exchange = Exchange(body=_chunk({"text": "Hello"}, finish="STOP"))
    async with ReplayServer([exchange]) as server:
        completed = await build(server, stream=False).run_inference(context(), _hi())

        assert server.requests[0].path == "/v1beta/models/gemini-3-flash:generateContent"
        assert completed.text == "Hello"
        assert [event.delta for event in _of(port.events, TextDelta)] == ["Hello"]


async def test_a_stream_as_one_array(build: Build, context: Context) -> None:
    """A gateway that loses `alt=sse` answers with a JSON array of chunks, which is read all the same."""
    exchange = Exchange(body=[_chunk({"text": "Hel"}), _chunk({"text": "lo"}, finish="STOP")])
    async with ReplayServer([exchange]) as server:
        completed = await build(server).run_inference(context(), _hi())

        assert completed.text == "Hello"


async def test_a_blocked_prompt_does_not_fail_the_run(build: Build, context: Context) -> None:
    """A filtered run finishes; its result says so."""
    blocked = {"promptFeedback": {"blockReason": "SAFETY"}, "modelVersion": "m1"}
    async with ReplayServer([_streamed(blocked)]) as server:
        completed = await build(server).run_inference(context(), _hi())

        result = completed.metadata.get(INFERENCE_RESULT)
        assert result is not None
        assert (result.finish_class, result.stop_reason, completed.text) == ("content_filtered", "SAFETY", "")


async def test_tries_again_before_any_content(build: Build, context: Context, port: RecordingPort) -> None:
    """An overloaded model and a stream cut before its first word are tried again."""
    failures = [Exchange(503, body=[_error(503, "UNAVAILABLE")]), _streamed({"usageMetadata": USAGE})]
    async with ReplayServer([*failures, _hello()]) as server:
        completed = await build(server).run_inference(context(), _hi())

        discarded = [event.error["code"] for event in _of(port.events, AttemptDiscarded)]
        assert discarded == ["PROVIDER_OVERLOADED", "STREAM_TRUNCATED"]
        assert completed.text == "Hello ü"
        server.assert_all_used()


async def test_the_vendors_delay_is_honoured(build: Build, context: Context, port: RecordingPort) -> None:
    """A rate limit is waited for as long as the vendor says in the error's details."""
    retry = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "0.05s"}
    async with ReplayServer(
        [Exchange(429, body=_error(429, "RESOURCE_EXHAUSTED", details=[retry])), _hello()]
    ) as server:
        await build(server).run_inference(context(), _hi())

        (discarded,) = _of(port.events, AttemptDiscarded)
        assert discarded.wait >= 0.05


async def test_a_used_up_day_is_not_tried_again(build: Build, context: Context) -> None:
    """A daily quota ends the run at once."""
    quota = {"violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}]}
    async with ReplayServer(
        [Exchange(429, body=_error(429, "RESOURCE_EXHAUSTED", details=[quota])), _hello()]
    ) as server:
        with pytest.raises(RateLimited) as caught:
            await build(server).run_inference(context(), _hi())

        assert caught.value.code == "QUOTA_EXCEEDED"
        assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("exchange", "code"),
    [
        pytest.param(_streamed(_chunk({"text": "half"})), "STREAM_TRUNCATED", id="cut"),
        pytest.param(
            _streamed(_chunk({"text": "half"}), _error(503, "UNAVAILABLE")), "PROVIDER_OVERLOADED", id="error"
        ),
        pytest.param(
            _streamed(_chunk({"text": "half"}), [_error(500, "INTERNAL")]),
            "PROVIDER_UNAVAILABLE",
            id="error-array",
        ),
    ],
)
async def test_never_tries_again_after_content(
    build: Build, context: Context, exchange: Exchange, code: str
) -> None:
    """Once text was handed out, a failure is raised and not tried again."""
    async with ReplayServer([exchange, _hello()]) as server:
        with pytest.raises(Exception, match=r".") as caught:
            await build(server).run_inference(context(), _hi())

        found: Any = caught.value
        assert found.code == code
        assert len(server.requests) == 1


async def test_a_bare_error_behind_a_stream_is_noticed(build: Build, context: Context) -> None:
    """An error that belongs to no event is the vendor's own word all the same."""
    bare = json.dumps(_error(499, "CANCELLED"), indent=2).encode()
    cut = _streamed(_chunk({"text": "half"}))
    async with ReplayServer([Exchange(headers=cut.headers, chunks=[*cut.chunks, bare])]) as server:
        with pytest.raises(ProviderError) as caught:
            await build(server).run_inference(context(), _hi())

        assert caught.value.status == 499


async def test_a_wrong_key_is_told_although_it_is_a_400(build: Build, context: Context) -> None:
    """The vendor answers 400 to a wrong key; the detail says what it is."""
    body = _error(400, "INVALID_ARGUMENT", "API key not valid.", [{"reason": "API_KEY_INVALID"}])
    async with ReplayServer([Exchange(400, body=body)]) as server:
        with pytest.raises(AuthenticationFailed):
            await build(server, api_key="AIza-wrong").run_inference(context(), _hi())


async def test_what_was_left_out_is_told(build: Build, context: Context, port: RecordingPort) -> None:
    """Blocks of another origin and dropped settings stand in the result, a warning in the events."""
    foreign = block.reasoning("hm", opaque={"provider": "anthropic", "signature": "s"})
    async with ReplayServer([_hello()]) as server:
        engine = build(server, reasoning_budget=5, unsupported="warn")

        completed = await engine.run_inference(context(), Turn([block.user("hi"), foreign, block.user("go")]))

        result = completed.metadata.get(INFERENCE_RESULT)
        assert result is not None
        assert (result.dropped_blocks, result.dropped_settings) == ([foreign.id], ["reasoning_budget"])
        assert ["reasoning_budget" in event.message for event in _of(port.events, Log)] == [True]


async def test_versions_models_and_headers(build: Build, context: Context) -> None:
    """The version makes the path, the model's name is escaped, extra headers are sent."""
    async with ReplayServer([_hello()]) as server:
        engine = build(server, api_version="v1alpha", extra_headers={"X-Own": "1"})

        await engine.run_inference(context(inference=InferenceConfig(model="models/a b")), _hi())

        (request,) = server.requests
        assert request.path == "/v1alpha/models/a%20b:streamGenerateContent?alt=sse"
        assert request.headers["x-own"] == "1"


@pytest.mark.parametrize("variable", ["GEMINI_API_KEY", "GOOGLE_API_KEY"])
async def test_a_key_of_the_vendor_stays_away_from_other_hosts(
    build: Build, context: Context, variable: str
) -> None:
    """A loopback host needs no key, and gets none from the environment."""
    async with ReplayServer([_hello()]) as server:
        await build(server, env={variable: "AIza-vendor"}).run_inference(context(), _hi())

        assert "x-goog-api-key" not in server.requests[0].headers


async def test_the_vendor_needs_a_key(build: Build, context: Context) -> None:
    """Without a key nothing is sent to the vendor; building the engine asks for none."""
    engine = build()

    with pytest.raises(CredentialError):
        await engine.run_inference(context(), _hi())


async def test_a_model_is_needed(build: Build, context: Context) -> None:
    """Without a model nothing is sent and the option is named."""
    with pytest.raises(InvalidOption) as caught:
        await build(model=None).run_inference(context(), _hi())

    assert "--model" in caught.value.next_step


async def test_the_tap_sees_everything_but_the_key(build: Build, context: Context) -> None:
    """A debug tap sees the turn, the request without its key, and each object of the provider."""
    turns: list[Turn] = []
    objects: list[Any] = []
    sent: list[Any] = []
    tap = DebugTap(
        on_turn_before_conversion=turns.append,
        on_provider_object=objects.append,
        on_http=lambda *values: sent.append(values),
    )
    async with ReplayServer([_hello()]) as server:
        given = _hi()

        await build(server, api_key="AIza-secret").run_inference(context(tap=tap), given)

        assert turns == [given]
        assert [found["responseId"] for found in objects] == ["r1", "r1", "r1"]
        assert "AIza-secret" not in repr(sent)


def test_the_factory() -> None:
    """The plugin offers one engine and says which key it needs."""
    (found,) = geppetto_engine_factories()

    key = CredentialSpec(
        "gemini",
        ("GEMINI_API_KEY", "GOOGLE_API_KEY"),
        ("gemini-api-key",),
        ("generativelanguage.googleapis.com",),
    )
    assert (found.name, found.credentials) == ("gemini", (key,))


def test_the_plugin_module_is_light() -> None:
    """Importing the plugin loads neither pydantic nor an HTTP library."""
    program = (
        "import sys, geppetto_provider_gemini.plugin\n"
        "print({'httpx', 'httpcore', 'pydantic'} & sys.modules.keys())"
    )

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "set()"
