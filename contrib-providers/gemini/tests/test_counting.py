"""Counts of tokens, the list of models, and embeddings, at Gemini."""

import math
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.engine.outside import outside_context
from geppetto.errors import InvalidOption, TransportError
from geppetto.testing import CannedTransport, Exchange
from geppetto.turns import turn


def _host(tmp_path: Path, *exchanges: Exchange) -> tuple[Host, CannedTransport]:
    canned = CannedTransport(exchanges)
    return Host(env={"GEPPETTO_HOME": str(tmp_path), "GEMINI_API_KEY": "g-key"}, transport=canned), canned


def test_the_vendor_counts_the_same_request(tmp_path: Path) -> None:
    """System text and contents stand in it, under the model's full name."""
    host, canned = _host(tmp_path, Exchange(body={"totalTokens": 31, "promptTokensDetails": []}))
    with host:
        engine: Any = host.engine("gemini", model="gemini-3-toy")
        given = turn().system("Be brief.").user("hi").build()
        count = host.wait_for(engine.count_tokens(outside_context(), given))

    (request,) = canned.requests
    assert (count.tokens, count.source) == (31, "provider")
    assert request.path == "/v1beta/models/gemini-3-toy:countTokens"
    inner = request.json["generateContentRequest"]
    assert inner["model"] == "models/gemini-3-toy"
    assert inner["systemInstruction"] == {"parts": [{"text": "Be brief."}]}


def test_pages_of_models_are_put_together(tmp_path: Path) -> None:
    """Only what generates content is listed; the next page is asked for by its token."""
    flash = {"name": "models/flash", "displayName": "Flash", "inputTokenLimit": 1000, "outputTokenLimit": 99}
    embed = {"name": "models/embed", "supportedGenerationMethods": ["embedContent"]}
    pro = {"name": "models/pro", "supportedGenerationMethods": ["generateContent"]}
    host, canned = _host(
        tmp_path,
        Exchange(body={"models": [pro, embed], "nextPageToken": "t/2"}),
        Exchange(body={"models": [flash]}),
    )
    with host:
        engine: Any = host.engine("gemini")
        found = host.wait_for(engine.list_models(outside_context()))

    assert [(model.name, model.context_window, model.max_output) for model in found] == [
        ("flash", 1000, 99),
        ("pro", None, None),
    ]
    assert [request.path for request in canned.requests] == [
        "/v1beta/models?pageSize=1000",
        "/v1beta/models?pageSize=1000&pageToken=t%2F2",
    ]
    assert canned.requests[0].headers["x-goog-api-key"] == "g-key"


def test_texts_are_embedded_in_one_batch(tmp_path: Path) -> None:
    """Shortened vectors are brought to length 1: the vendor leaves that to the caller."""
    answer = {"embeddings": [{"values": [3.0, 4.0]}, {"values": [0.0, 0.0]}]}
    host, canned = _host(tmp_path, Exchange(body=answer))
    with host:
        client = host.embedder("gemini", dimensions=2, task="RETRIEVAL_QUERY")
        found = client.embed(["a", "b"])

    (request,) = canned.requests
    assert found.vectors == [(0.6, 0.8), (0.0, 0.0)]
    assert math.hypot(*found.vectors[0]) == 1
    assert request.path == "/v1beta/models/gemini-embedding-001:batchEmbedContents"
    assert request.json["requests"][0] == {
        "model": "models/gemini-embedding-001",
        "content": {"parts": [{"text": "a"}]},
        "outputDimensionality": 2,
        "taskType": "RETRIEVAL_QUERY",
    }


def test_whole_vectors_are_left_as_they_are(tmp_path: Path) -> None:
    """And a vector too few is an error."""
    host, _ = _host(
        tmp_path, Exchange(body={"embeddings": [{"values": [3.0, 4.0]}]}), Exchange(body={"embeddings": []})
    )
    with host:
        client = host.embedder("gemini")
        assert client.embed(["a"]).vectors == [(3.0, 4.0)]
        with pytest.raises(TransportError, match="vectors of 1 texts"):
            client.embed(["b"])


def test_a_count_needs_a_model(tmp_path: Path) -> None:
    """As inference does."""
    host, _ = _host(tmp_path)
    engine: Any = host.engine("gemini")
    with host, pytest.raises(InvalidOption, match="model"):
        host.wait_for(engine.count_tokens(outside_context(), turn().user("hi").build()))
