"""Counts of tokens and lists of models, at OpenAI and compatible hosts."""

from pathlib import Path
from typing import Any

import pytest
import tiktoken
from geppetto import Host
from geppetto.engine.outside import outside_context
from geppetto.errors import InvalidOption, TransportError
from geppetto.testing import CannedTransport, Exchange
from geppetto.turns import block, turn
from geppetto_provider_openai.tokenizer import count_with, table_is_here


def _host(tmp_path: Path, *exchanges: Exchange) -> tuple[Host, CannedTransport]:
    canned = CannedTransport(exchanges)
    return Host(env={"GEPPETTO_HOME": str(tmp_path)}, transport=canned), canned


def _count(host: Host, name: str, given: Any, *, offline: bool = False) -> Any:
    engine: Any = host.engine(name, model="m", api_key="k")
    return host.wait_for(engine.count_tokens(outside_context(), given, offline=offline))


def test_responses_are_counted_by_the_vendor(tmp_path: Path) -> None:
    """The same request as for inference, less what the endpoint does not take."""
    host, canned = _host(tmp_path, Exchange(body={"object": "response.input_tokens", "input_tokens": 11}))
    with host:
        count = _count(host, "openai-responses", turn().system("Be brief.").user("hi").build())

    (request,) = canned.requests
    assert (count.tokens, count.source, count.model) == (11, "provider", "m")
    assert request.path == "/v1/responses/input_tokens"
    assert request.json["instructions"] == "Be brief."
    assert "stream" not in request.json
    assert "store" not in request.json


def test_an_odd_answer_is_an_error(tmp_path: Path) -> None:
    """No count is made up."""
    host, _ = _host(tmp_path, Exchange(body={"tokens": 11}))
    with host, pytest.raises(TransportError, match="none of this API"):
        _count(host, "openai-responses", turn().user("hi").build())


def test_chat_is_estimated_without_a_request(tmp_path: Path) -> None:
    """The API has no endpoint for it; images are named as not counted."""
    host, canned = _host(tmp_path)
    image = {"type": "image", "data": "AAAA", "media_type": "image/png"}
    with host:
        count = _count(host, "openai", turn().user("hello there").block(block.user("see", image)).build())

    assert (count.source, canned.requests) == ("estimate", [])
    assert 5 <= count.tokens <= 30
    assert count.uncounted == ("url",)


def test_a_table_that_is_not_here_is_not_fetched(tmp_path: Path) -> None:
    """An empty folder, no folder, and a cache that is switched off."""
    for folder in (str(tmp_path), str(tmp_path / "none"), ""):
        assert not table_is_here("o200k_base", {"TIKTOKEN_CACHE_DIR": folder})
    (tmp_path / "fb374d419588a4632f3f557e76b4b70aebbca790").write_text("x")
    assert table_is_here("o200k_base", {"TIKTOKEN_CACHE_DIR": str(tmp_path)})


def test_an_encoding_counts_texts_and_calls() -> None:
    """A table of single bytes: each letter is a token, and each message has its frame."""
    bytes_only = tiktoken.Encoding(
        "bytes", pat_str=r"[\s\S]", mergeable_ranks={bytes([n]): n for n in range(256)}, special_tokens={}
    )
    call = {"id": "c", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    body = {
        "messages": [
            {"role": "user", "content": "abc"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {
                "role": "user",
                "content": [{"type": "text", "text": "de"}, {"type": "image_url", "image_url": {}}],
            },
        ]
    }

    count = count_with(bytes_only, body, "m")

    words = len("userabc") + len("assistantadd{}") + len("userde")
    assert (count.tokens, count.source) == (words + 3 * 3 + 3, "tokenizer")
    assert count.uncounted == ("image_url",)


def test_models_are_listed_as_the_host_tells_them(tmp_path: Path) -> None:
    """OpenAI tells names; hosts tell windows and limits, each under names of its own."""
    page = {
        "object": "list",
        "data": [
            {"id": "z", "object": "model"},
            {"id": "a", "context_length": 1000, "top_provider": {"max_completion_tokens": 50},
             "architecture": {"input_modalities": ["text", "image"]}, "name": "Model A"},
            {"id": "b", "context_window": 2000},
        ],
    }  # fmt: skip
    host, canned = _host(tmp_path, Exchange(body=page))
    with host:
        engine: Any = host.engine("openai", api_key="k")
        found = host.wait_for(engine.list_models(outside_context()))

    assert [(model.name, model.context_window, model.max_output) for model in found] == [
        ("a", 1000, 50),
        ("b", 2000, None),
        ("z", None, None),
    ]
    assert found[0].modalities == ("image",)
    assert (canned.requests[0].method, canned.requests[0].path) == ("GET", "/v1/models")


def test_a_list_of_another_shape_is_an_error(tmp_path: Path) -> None:
    """It is quoted."""
    host, _ = _host(tmp_path, Exchange(body={"models": []}))
    engine: Any = host.engine("openai", api_key="k")
    with host, pytest.raises(TransportError, match="models"):
        host.wait_for(engine.list_models(outside_context()))


def test_counting_needs_a_model(tmp_path: Path) -> None:
    """As inference does."""
    host, _ = _host(tmp_path)
    engine: Any = host.engine("openai", api_key="k")
    with host, pytest.raises(InvalidOption, match="model"):
        host.wait_for(engine.count_tokens(outside_context(), turn().user("hi").build()))
