from collections.abc import Callable
from typing import Any

from geppetto.engine import Reply
from geppetto.events import Citations
from geppetto.turns import BlockKind

Read = Callable[..., Reply]


def _chunk(*parts: Any, finish: Any = None, usage: Any = None, **more: Any) -> dict[str, Any]:
    candidate: dict[str, Any] = {"content": {"role": "model", "parts": list(parts)}, **more}
    if finish is not None:
        candidate["finishReason"] = finish
    chunk: dict[str, Any] = {"candidates": [candidate], "modelVersion": "m1", "responseId": "r1"}
    return {**chunk, "usageMetadata": usage} if usage else chunk


def _call(name: str, args: Any = None, call_id: str = "", **beside: Any) -> dict[str, Any]:
    call = {"name": name, "args": args or {}}
    return {"functionCall": {**call, "id": call_id} if call_id else call, **beside}


def test_sources_are_named_once(stream: Read, port: Any) -> None:
    """Sources of search, pages and recitation are citations of the text, each announced when it first comes."""
    page = {"retrievedUrl": "https://a.example", "urlRetrievalStatus": "URL_RETRIEVAL_STATUS_SUCCESS"}
    web, quote = (
        {"web": {"uri": "https://b.example", "title": "b"}},
        {"startIndex": 1, "uri": "https://c.example"},
    )
    grounding = {"groundingChunks": [web], "webSearchQueries": ["q"]}

    reply = stream(
        _chunk({"text": "a"}, groundingMetadata={}, urlContextMetadata={"urlMetadata": [page]}),
        _chunk({"text": "b"}, groundingMetadata=grounding, citationMetadata={"citationSources": [quote]}),
        _chunk(
            finish="STOP", groundingMetadata={**grounding, "searchEntryPoint": {"renderedContent": "<p>"}}
        ),
    )

    (found,) = reply.blocks()
    assert found.payload["citations"] == [web, quote, page]
    assert found.payload["groundingMetadata"] == {**grounding, "searchEntryPoint": {"renderedContent": "<p>"}}
    assert [event.items for event in port.events if isinstance(event, Citations)] == [[page], [web, quote]]


def test_probabilities_are_kept(stream: Read) -> None:
    """Log probabilities of all chunks stand on the text, repeated tokens included."""
    token = {"token": "ha", "logProbability": -0.1}

    reply = stream(
        _chunk({"text": "ha"}, logprobsResult={"chosenCandidates": [token]}),
        _chunk({"text": "ha"}, logprobsResult={"chosenCandidates": [token]}, avgLogprobs=-0.1, finish="STOP"),
    )

    (found,) = reply.blocks()
    assert found.payload["logprobsResult"] == {"chosenCandidates": [token, token]}
    assert found.payload["avgLogprobs"] == -0.1


def test_sources_of_a_reply_without_text(stream: Read) -> None:
    """Where there is no text, what was found stands in a block of its own."""
    web = {"web": {"uri": "https://b.example"}}

    reply = stream(_chunk(_call("f"), finish="STOP", groundingMetadata={"groundingChunks": [web]}))

    assert [block.kind for block in reply.blocks()] == [BlockKind.TOOL_CALL, BlockKind.OTHER]
    assert reply.blocks()[1].payload["citations"] == [web]


def test_further_candidates_are_kept_whole(stream: Read) -> None:
    """Candidate 0 is the answer; another one is put together in a block that is never sent."""
    other = {"index": 1, "content": {"role": "model", "parts": [{"text": "B"}]}}
    thought = {"text": "hm", "thought": True}
    more = {
        "index": 1,
        "content": {"parts": [{"text": "b"}, thought, _call("f")]},
        "finishReason": "MAX_TOKENS",
    }

    reply = stream(
        {"candidates": [{"content": {"parts": [{"text": "A"}]}}, other]},
        {"candidates": [more]},
        _chunk({"text": "a"}, finish="STOP"),
    )

    assert [block.kind for block in reply.blocks()] == [BlockKind.LLM_TEXT, BlockKind.OTHER]
    assert reply.blocks()[0].text == "Aa"
    choice = reply.blocks()[1].payload["opaque"]["choice"]
    assert choice["content"]["parts"] == [{"text": "Bb"}, thought, _call("f")]
    assert (choice["finishReason"], reply.result.finish_class) == ("MAX_TOKENS", "completed")


def test_candidates_without_an_index_are_told_by_their_place(whole: Read) -> None:
    """The API leaves out the index 0, a gateway all of them."""
    candidates = [{"content": {"parts": [{"text": text}]}, "finishReason": "STOP"} for text in ("A", "B")]

    reply = whole({"candidates": candidates})

    assert reply.blocks()[0].text == "A"
    assert reply.blocks()[1].payload["opaque"]["choice"]["content"]["parts"] == [{"text": "B"}]
