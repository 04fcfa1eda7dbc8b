"""Embeddings at OpenAI and Ollama, over real connections."""

import base64
import struct
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.errors import ProviderError, TransportError
from geppetto.testing import CannedTransport, Exchange, ReplayServer


def _packed(*numbers: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def _answer(*items: tuple[int, Any], **more: Any) -> Exchange:
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in items]
    return Exchange(body={"data": data, "usage": {"prompt_tokens": 3, "total_tokens": 3}, **more})


def _host(tmp_path: Path, transport: Any = None) -> Host:
    return Host(
        env={"GEPPETTO_HOME": str(tmp_path), "OPENAI_API_KEY": "sk-e"}, transport=transport, allow_local=True
    )


def test_answers_out_of_order_and_in_either_form(tmp_path: Path) -> None:
    """The place of a vector is its index, not its position; numbers may be packed or plain."""
    canned = CannedTransport([_answer((1, [3.0, 4.0]), (0, _packed(1.0, 2.5)))])
    with _host(tmp_path, canned) as host:
        client = host.embedder("openai", dimensions=2)
        found = client.embed(["a", "b"])

    assert found.vectors == [(1.0, 2.5), (3.0, 4.0)]
    assert found.usage is not None
    assert found.usage.total == 3
    (request,) = canned.requests
    assert request.path == "/v1/embeddings"
    assert request.json["input"] == ["a", "b"]
    assert request.json["dimensions"] == 2
    assert request.headers["authorization"] == "Bearer sk-e"


def test_the_base_url_is_honoured_and_batches_are_put_together(tmp_path: Path) -> None:
    """Many texts go in several requests; their usage is one sum."""

    def answer(request: Any) -> bool:
        return len(request.json["input"]) == 2

    pairs = [
        Exchange(
            body={
                "data": [{"index": n, "embedding": [1.0 + n]} for n in range(2)],
                "usage": {"prompt_tokens": 2, "total_tokens": 2},
            },
            match=answer,
        )
        for _ in range(2)
    ]
    single = _answer((0, [9.0]))
    with ReplayServer([*pairs, single]) as server, _host(tmp_path) as host:
        client = host.embedder("openai", base_url=f"{server.url}/custom", batch_size=2, api_key="k")
        found = client.embed(["a", "b", "c", "d", "e"])
        paths = {request.path for request in server.requests}

    assert found.vectors == [(1.0,), (2.0,), (1.0,), (2.0,), (9.0,)]
    assert paths == {"/custom/embeddings"}
    assert found.usage is not None
    assert found.usage.total == 7


@pytest.mark.parametrize(
    ("items", "problem"),
    [
        ([(0, [1.0])], "vectors of 2 texts"),
        ([(0, [1.0]), (0, [1.0])], "vectors of 2 texts"),
        ([(0, [1.0]), (2, [1.0])], "vectors of 2 texts"),
        ([(0, [1.0]), (1, [1.0, 2.0])], "vectors of 1 numbers"),
        ([(0, [1.0]), (1, "not base64!")], "none of this API"),
        ([(0, [1.0]), (1, None)], "none of this API"),
        ([(0, [1.0]), (1, [float("inf")])], "not finite"),
    ],
)
def test_an_answer_that_does_not_fit_is_an_error(tmp_path: Path, items: Any, problem: str) -> None:
    """A vector too few, too many, of another length or of no numbers."""
    with (
        _host(tmp_path, CannedTransport([_answer(*items)])) as host,
        pytest.raises(TransportError, match=problem),
    ):
        host.embedder("openai").embed(["a", "b"])


def test_errors_are_the_vendors(tmp_path: Path) -> None:
    """A refusal has its code; one that passes is tried again."""
    refused = Exchange(400, body={"error": {"message": "too long", "code": "context_length_exceeded"}})
    busy = Exchange(
        429,
        headers={"retry-after-ms": "1"},
        body={"error": {"message": "slow", "code": "rate_limit_exceeded"}},
    )
    with _host(tmp_path, CannedTransport([busy, _answer((0, [1.0])), refused])) as host:
        client = host.embedder("openai")
        assert client.embed(["a"]).vectors == [(1.0,)]
        with pytest.raises(ProviderError) as caught:
            client.embed(["a"])

    assert caught.value.code == "CONTEXT_TOO_LONG"


def test_ollama_needs_no_key_and_no_switch(tmp_path: Path) -> None:
    """Naming it allows this machine; answers are in order."""
    with ReplayServer([Exchange(body={"embeddings": [[1.0], [2.0]], "prompt_eval_count": 4})]) as server:
        url = server.url.replace("127.0.0.1", "localhost")
        with Host(env={"GEPPETTO_HOME": str(tmp_path)}) as host:
            found = host.embedder("ollama", base_url=url, model="tiny").embed(["a", "b"])
        (request,) = server.requests

    assert found.vectors == [(1.0,), (2.0,)]
    assert (request.path, request.json) == ("/api/embed", {"model": "tiny", "input": ["a", "b"]})
    assert found.usage is not None
    assert found.usage.total == 4
