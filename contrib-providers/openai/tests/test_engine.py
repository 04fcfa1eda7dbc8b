import asyncio
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
from geppetto.errors import CredentialError, InvalidOption, ProviderError, RateLimited, TransportError
from geppetto.events import AttemptDiscarded, Event, ProviderCallFinished, ProviderCallStarted, TextDelta
from geppetto.provider import HttpEngine
from geppetto.testing import Exchange, ReplayServer
from geppetto.tooling import ToolDefinition
from geppetto.transport import HttpTransport, Limits, RetryPolicy
from geppetto.transport.retry import Retrier
from geppetto.turns import BlockKind, Turn, block, turn
from geppetto_provider_openai.plugin import OPENAI, geppetto_engine_factories

Build = Callable[..., HttpEngine]
Context = Callable[..., RunContext]
USAGE = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}


def _sse(*chunks: Any, done: bool = True) -> list[bytes]:
    events = [f"data: {json.dumps(chunk, ensure_ascii=False)}\n\n".encode() for chunk in chunks]
    return [*events, b"data: [DONE]\n\n"] if done else events


def _chunk(finish: str | None = None, **delta: Any) -> dict[str, Any]:
    return {"id": "c1", "model": "m1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def _streamed(*chunks: Any, done: bool = True, **options: Any) -> Exchange:
    headers = {"content-type": "text/event-stream", "x-request-id": "req_1"}
    return Exchange(headers=headers, chunks=_sse(*chunks, done=done), **options)


def _hello() -> Exchange:
    return _streamed(
        _chunk(content="Hel"), _chunk(content="lo ü"), _chunk("stop"), {"choices": [], "usage": USAGE}
    )


def _body(text: str = "Hello") -> dict[str, Any]:
    message = {"role": "assistant", "content": text}
    return {
        "id": "c1",
        "model": "m1",
        "usage": USAGE,
        "choices": [{"message": message, "finish_reason": "stop"}],
    }


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
        given = {"model": "gpt-4o", **({"base_url": f"{server.url}/v1"} if server else {}), **settings}
        model: Any = OPENAI.settings()
        engine: Any = OPENAI.build(model.model_validate(given), deps)
        return engine  # type: ignore[no-any-return]

    return make


def _of(events: list[Event], kind: type[Event]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


async def test_a_streamed_reply(build: Build, context: Context, port: Any) -> None:
    """A stream becomes deltas as it comes, and a turn with block, usage and ids."""
    async with ReplayServer([_hello()]) as server:
        engine = build(server, api_key="sk-test")
        given = turn().user("hi").build()

        completed = await engine.run_inference(context(), given)

        (request,) = server.requests
        assert (request.method, request.path) == ("POST", "/v1/chat/completions")
        assert request.headers["authorization"] == "Bearer sk-test"
        assert request.json["messages"] == [{"role": "user", "content": "hi"}]
        assert (completed.text, len(given.blocks)) == ("Hello ü", 1)
        result = completed.metadata.get(INFERENCE_RESULT)
        assert result is not None
        assert (result.provider, result.model, result.finish_class) == ("openai", "m1", "completed")
        assert (result.request_id, result.response_id, result.attempts) == ("req_1", "c1", 1)
        assert result.usage is not None
        assert result.usage.total == 5
        assert [event.delta for event in _of(port.events, TextDelta)] == ["Hel", "lo ü"]
        assert port.drained >= 1


async def test_a_tool_round(build: Build, context: Context) -> None:
    """A call is decoded under our tool's name, and its answer goes into the next request."""
    fragment = {"index": 0, "id": "a", "function": {"name": "weather_lookup", "arguments": '{"city":"Oslo"}'}}
    calling = _streamed(_chunk(tool_calls=[fragment]), _chunk("stop"))
    tool = ToolDefinition(
        "weather.lookup", "", {"type": "object"}, handler=lambda arguments, _context: arguments
    )
    async with ReplayServer([calling, _hello()]) as server:
        engine = build(server)
        ctx = context(tools=[tool])

        called = await engine.run_inference(ctx, turn().user("weather?").build())
        (call,) = called.of_kind(BlockKind.TOOL_CALL)
        answered = called.append(block.tool_use("a", {"sun": True}))
        completed = await engine.run_inference(ctx, answered)

        assert (call.payload["name"], call.payload["args"]) == ("weather.lookup", {"city": "Oslo"})
        assert completed.text == "Hello ü"
        second = server.requests[1].json
        assert [message["role"] for message in second["messages"]] == ["user", "assistant", "tool"]
        assert second["tools"][0]["function"]["name"] == "weather_lookup"
        assert server.connections_open == 1


async def test_an_unstreamed_reply(build: Build, context: Context, port: Any) -> None:
    """Without streaming the body gives the same events, in one delta."""
    async with ReplayServer([Exchange(body=_body())]) as server:
        completed = await build(server, stream=False).run_inference(context(), turn().user("hi").build())

        assert completed.text == "Hello"
        assert "stream_options" not in server.requests[0].json
        assert [event.delta for event in _of(port.events, TextDelta)] == ["Hello"]


async def test_a_host_that_cannot_stream(build: Build, context: Context) -> None:
    """A plain body in answer to a request for a stream is read all the same."""
    async with ReplayServer([Exchange(body=_body())]) as server:
        completed = await build(server).run_inference(context(), turn().user("hi").build())

        assert completed.text == "Hello"


async def test_a_stream_left_open_does_not_hold_the_reply(build: Build, context: Context) -> None:
    """After the last event nothing is waited for, although the host keeps the stream open."""
    exchange = _streamed(_chunk(content="hi"), _chunk("stop"), hang_after=3)
    async with ReplayServer([exchange]) as server, asyncio.timeout(0.9):
        completed = await build(server).run_inference(context(), turn().user("hi").build())

        assert completed.text == "hi"
        assert await server.closed()


async def test_tries_again_before_any_content(build: Build, context: Context, port: Any) -> None:
    """A passing failure is tried again, and each try has its own start."""
    failures = [
        Exchange(503, body={"error": {"message": "busy"}}),
        _streamed(_chunk(role="assistant"), done=False),
    ]
    async with ReplayServer([*failures, _hello()]) as server:
        completed = await build(server).run_inference(context(), turn().user("hi").build())

        result = completed.metadata.get(INFERENCE_RESULT)
        assert result is not None
        assert (completed.text, result.attempts) == ("Hello ü", 3)
        discarded = [event.error["code"] for event in _of(port.events, AttemptDiscarded)]
        assert discarded == ["PROVIDER_UNAVAILABLE", "STREAM_TRUNCATED"]
        assert len(_of(port.events, ProviderCallStarted)) == 3
        assert len(_of(port.events, ProviderCallFinished)) == 1
        server.assert_all_used()


@pytest.mark.parametrize(
    ("exchange", "kind", "code"),
    [
        pytest.param(
            _streamed(_chunk(content="half"), done=False), TransportError, "STREAM_TRUNCATED", id="cut"
        ),
        pytest.param(
            _streamed(_chunk(content="half"), {"error": {"message": "x", "type": "server_error"}}),
            ProviderError,
            "PROVIDER_UNAVAILABLE",
            id="error-in-stream",
        ),
        pytest.param(
            _streamed(_chunk(content="half"), _chunk("stop"), drop_after=1), TransportError, None, id="reset"
        ),
    ],
)
async def test_never_tries_again_after_content(
    build: Build, context: Context, exchange: Exchange, kind: type[Exception], code: str | None
) -> None:
    """Once text was handed out, a failure is raised and not tried again."""
    async with ReplayServer([exchange, _hello()]) as server:
        with pytest.raises(kind) as caught:
            await build(server).run_inference(context(), turn().user("hi").build())

        found: Any = caught.value
        assert code in {None, found.code}
        assert len(server.requests) == 1


async def test_a_used_up_quota_is_not_tried_again(build: Build, context: Context) -> None:
    """A quota that is used up ends the run at once, with the vendor's request id."""
    refused = Exchange(
        429,
        headers={"x-request-id": "req_9"},
        body={"error": {"message": "pay", "code": "insufficient_quota"}},
    )
    async with ReplayServer([refused, _hello()]) as server:
        with pytest.raises(RateLimited) as caught:
            await build(server).run_inference(context(), turn().user("hi").build())

        assert (caught.value.code, caught.value.details["request_id"]) == ("QUOTA_EXCEEDED", "req_9")
        assert len(server.requests) == 1


async def test_cancel_closes_the_connection(build: Build, context: Context, port: Any) -> None:
    """A cancelled run leaves no socket open, and the server sees it go."""
    exchange = _streamed(_chunk(content="hi"), _chunk(content="never"), hang_after=1)
    async with ReplayServer([exchange]) as server:
        running = asyncio.create_task(build(server).run_inference(context(), turn().user("hi").build()))
        async with asyncio.timeout(2):
            while not _of(port.events, TextDelta):  # noqa: ASYNC110  # the recording port wakes nobody
                await asyncio.sleep(0.005)

        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

        assert await server.closed()


async def test_headers(build: Build, context: Context) -> None:
    """Organization, project and extra headers are sent."""
    async with ReplayServer([_hello()]) as server:
        engine = build(server, organization="org", project="proj", extra_headers={"X-Own": "1"})

        await engine.run_inference(context(), turn().user("hi").build())

        headers = server.requests[0].headers
        assert (headers["openai-organization"], headers["openai-project"], headers["x-own"]) == (
            "org",
            "proj",
            "1",
        )


async def test_a_query_of_the_base_url_is_kept(build: Build, context: Context) -> None:
    """A base URL with a query, as some hosts want it, keeps it behind the path."""
    async with ReplayServer([_hello()]) as server:
        engine = build(base_url=f"{server.url}/v1/?api-version=1")

        await engine.run_inference(context(), turn().user("hi").build())

        assert server.requests[0].path == "/v1/chat/completions?api-version=1"


async def test_a_local_host_needs_no_key(build: Build, context: Context) -> None:
    """Without a key for it a loopback host gets none, and the vendor's key from the environment stays away."""
    async with ReplayServer([_hello()]) as server:
        engine = build(server, env={"OPENAI_API_KEY": "sk-vendor"})

        await engine.run_inference(context(), turn().user("hi").build())

        assert "authorization" not in server.requests[0].headers


async def test_a_broken_key_file_is_not_ignored(build: Build, context: Context, tmp_path: Path) -> None:
    """A key file that cannot be used is an error also where no key is needed."""
    path = tmp_path / "keys.json"
    path.write_text("{")
    path.chmod(0o600)

    with pytest.raises(CredentialError):
        await build(base_url="http://127.0.0.1:9/v1").run_inference(context(), turn().user("hi").build())


async def test_other_hosts_need_a_key(build: Build, context: Context) -> None:
    """Without a key nothing is sent to the vendor; building the engine asks for none."""
    engine = build()

    with pytest.raises(CredentialError):
        await engine.run_inference(context(), turn().user("hi").build())


async def test_a_model_is_needed_from_the_settings_or_the_run(build: Build, context: Context) -> None:
    """Without a model nothing is sent and the option is named; the run's own model is enough."""
    async with ReplayServer([_hello()]) as server:
        engine, prompt = build(server, model=None), turn().user("hi").build()

        with pytest.raises(InvalidOption) as caught:
            await engine.run_inference(context(), prompt)
        await engine.run_inference(context(inference=InferenceConfig(model="m-2")), prompt)

        assert "--model" in caught.value.next_step
        assert [request.json["model"] for request in server.requests] == ["m-2"]


async def test_a_stream_that_calls_itself_json_is_read_as_the_stream_it_is(
    build: Build, context: Context
) -> None:
    """The body tells what it is where the content type does not."""
    exchange = _hello()
    mislabelled = Exchange(headers={"content-type": "application/json"}, chunks=exchange.chunks)
    async with ReplayServer([mislabelled]) as server:
        completed = await build(server).run_inference(context(), turn().user("hi").build())

    assert completed.text == "Hello ü"


async def test_a_body_that_is_nothing_known_is_an_error(build: Build, context: Context) -> None:
    """Text under the name of JSON is shown, not read."""
    broken = Exchange(headers={"content-type": "application/json"}, body="not json at all")
    async with ReplayServer([broken]) as server:
        with pytest.raises((ProviderError, TransportError), match="not json at all"):
            await build(server).run_inference(context(), turn().user("hi").build())


async def test_the_tap_sees_all_points(build: Build, context: Context) -> None:
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
        given = turn().user("hi").build()

        await build(server, api_key="sk-secret").run_inference(context(tap=tap), given)

        assert turns == [given]
        assert [found["id"] for found in objects if found.get("id")] == ["c1", "c1", "c1"]
        assert "sk-secret" not in repr(sent)


async def test_run_options_reach_the_request(build: Build, context: Context) -> None:
    """What a run asks for stands above the settings."""
    async with ReplayServer([_hello()]) as server:
        engine = build(server, temperature=0.9)

        await engine.run_inference(
            context(inference=InferenceConfig(temperature=0.1)), turn().user("hi").build()
        )

        assert server.requests[0].json["temperature"] == 0.1


def test_the_factory() -> None:
    """The plugin offers two engines and says which key they need."""
    chat, responses, *_ = geppetto_engine_factories()

    assert (chat.name, responses.name) == ("openai", "openai-responses")
    key = CredentialSpec("openai", ("OPENAI_API_KEY",), ("openai-api-key",), ("api.openai.com",))
    assert chat.credentials == responses.credentials == (key,)


def test_the_plugin_module_is_light() -> None:
    """Importing the plugin loads neither pydantic nor an HTTP library."""
    program = (
        "import sys, geppetto_provider_openai.plugin\n"
        "print({'httpx', 'httpcore', 'pydantic'} & sys.modules.keys())"
    )

    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert found.stdout.strip() == "set()"
