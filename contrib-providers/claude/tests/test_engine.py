"""The engine over real connections: headers, addresses, counts, the list of models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.engine.outside import outside_context
from geppetto.errors import ConfigError, CredentialError, InvalidOption
from geppetto.testing import CannedTransport, Exchange, ReplayServer
from geppetto.turns import Block, BlockKind, Turn, block, turn
from pydantic import ValidationError

ANSWER = Exchange(
    headers={"request-id": "req_1", "retry-after": "60"},
    body={
        "id": "m1",
        "model": "claude-x",
        "content": [{"type": "text", "text": "hi"}],
        "stop_reason": "end_turn",
        "usage": {},
    },
)


def _host(tmp_path: Path, transport: Any = None, **env: str) -> Host:
    return Host(env={"GEPPETTO_HOME": str(tmp_path), **env}, transport=transport, allow_local=True)


def _ask(host: Host, given: Turn | None = None, **settings: Any) -> Turn:
    engine = host.engine("claude", **{"model": "claude-sonnet-4-5", "stream": False, **settings})
    return host.create_session(engine=engine).run(given or turn().user("hello").build())


def test_a_run_over_a_real_connection(tmp_path: Path) -> None:
    """Key, version and betas travel as headers; a retry-after on a good answer means nothing."""
    with ReplayServer([ANSWER]) as server, _host(tmp_path) as host:
        completed = _ask(
            host, base_url=server.url, api_key="sk-ant-1", betas=["a-1", "b-2"], extra_headers={"x-more": "1"}
        )
        (request,) = server.requests

    result = completed.metadata.get(INFERENCE_RESULT)
    assert result is not None
    assert (completed.text, result.request_id, result.response_id, result.attempts) == (
        "hi",
        "req_1",
        "m1",
        1,
    )
    assert (request.method, request.path) == ("POST", "/v1/messages")
    sent = {
        name: request.headers[name] for name in ("x-api-key", "anthropic-version", "anthropic-beta", "x-more")
    }
    assert sent == {
        "x-api-key": "sk-ant-1",
        "anthropic-version": "2023-06-01",
        "anthropic-beta": "a-1,b-2",
        "x-more": "1",
    }
    assert "authorization" not in request.headers


@pytest.mark.parametrize(
    "base", ["https://api.anthropic.com", "https://api.anthropic.com/", "https://api.anthropic.com/v1"]
)
def test_the_address_is_the_same_however_it_is_written(tmp_path: Path, base: str) -> None:
    """With and without the version and the slash."""
    canned = CannedTransport([ANSWER])
    with _host(tmp_path, canned, ANTHROPIC_API_KEY="sk-env") as host:
        _ask(host, base_url=base)

    assert canned.requests[0].path == "/v1/messages"
    assert canned.requests[0].headers["x-api-key"] == "sk-env"


def test_a_key_of_the_environment_goes_to_the_vendor_only(tmp_path: Path) -> None:
    """Another host needs a key that was stored for it."""
    with (
        _host(tmp_path, CannedTransport(), ANTHROPIC_API_KEY="sk-env") as host,
        pytest.raises(CredentialError),
    ):
        _ask(host, base_url="https://proxy.example")


@pytest.mark.parametrize("name", ["anthropic-version", "Anthropic-Beta", "X-Api-Key"])
def test_headers_with_a_setting_cannot_be_sent_twice(tmp_path: Path, name: str) -> None:
    """The vendor refuses a version that comes twice."""
    with (
        _host(tmp_path, CannedTransport([ANSWER])) as host,
        pytest.raises(InvalidOption, match="setting of its own"),
    ):
        _ask(host, api_key="k", extra_headers={name: "x"})


@pytest.mark.parametrize("version", ["2024-01-01", "latest", ""])
def test_a_version_that_does_not_exist_is_refused(tmp_path: Path, version: str) -> None:
    """No date is made up; the error has the known ones."""
    with _host(tmp_path) as host, pytest.raises((ConfigError, ValidationError), match="2023-06-01"):
        host.engine("claude", api_version=version)


def test_what_was_left_out_is_told(tmp_path: Path) -> None:
    """Blocks of another vendor and settings that were dropped stand in the result."""
    foreign = Block(BlockKind.REASONING, {"text": "x", "opaque": {"provider": "elsewhere"}}, id="f")
    with _host(tmp_path, CannedTransport([ANSWER])) as host:
        given = Turn([block.user("hi"), foreign, block.user("go")])
        completed = _ask(
            host, given, api_key="k", api_version="2026-10-21", temperature=0.5, unsupported="drop"
        )

    result = completed.metadata.get(INFERENCE_RESULT)
    assert result is not None
    assert (result.dropped_blocks, result.dropped_settings) == (["f"], ["temperature"])


def test_tokens_are_counted_by_the_vendor(tmp_path: Path) -> None:
    """The same request, less what the endpoint does not take."""
    canned = CannedTransport([Exchange(body={"input_tokens": 21})])
    with _host(tmp_path, canned) as host:
        engine: Any = host.engine("claude", model="claude-sonnet-4-5", api_key="k", temperature=0.5)
        count = host.wait_for(engine.count_tokens(outside_context(), turn().system("s").user("hi").build()))

    (request,) = canned.requests
    assert (count.tokens, count.source) == (21, "provider")
    assert request.path == "/v1/messages/count_tokens"
    assert request.json.keys() == {"model", "messages", "system"}


def test_models_are_listed_page_by_page(tmp_path: Path) -> None:
    """Until there is no more."""
    pages = [
        {
            "data": [{"id": "b", "display_name": "B", "max_input_tokens": 200, "max_tokens": 9}],
            "has_more": True,
            "last_id": "b",
        },
        {"data": [{"id": "a"}], "has_more": False, "last_id": "a"},
    ]
    canned = CannedTransport([Exchange(body=page) for page in pages])
    with _host(tmp_path, canned) as host:
        engine: Any = host.engine("claude", api_key="k")
        found = host.wait_for(engine.list_models(outside_context()))

    assert [(model.name, model.context_window, model.max_output) for model in found] == [
        ("a", None, None),
        ("b", 200, 9),
    ]
    assert [request.path for request in canned.requests] == [
        "/v1/models?limit=1000",
        "/v1/models?limit=1000&after_id=b",
    ]


def test_the_alias_is_the_same_engine(tmp_path: Path) -> None:
    """`anthropic` everywhere means `claude`."""
    with _host(tmp_path, CannedTransport([ANSWER])) as host:
        engine = host.engine("anthropic", model="m", api_key="k", stream=False)
        completed = host.create_session(engine=engine).run("hi")
        vendor = host.models.vendor("anthropic")

    result = completed.metadata.get(INFERENCE_RESULT)
    assert result is not None
    assert (result.provider, vendor) == ("claude", "anthropic")
