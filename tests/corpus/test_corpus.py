"""Every recorded exchange, through the engines: decoded without loss, cut, rebuilt, sent again, refused.

`pytest tests/corpus --corpus DIR` (or GEPPETTO_CORPUS) runs it over any folder in the format of the recordings.
"""

from __future__ import annotations

import asyncio
import importlib.util
import json
import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus_cases import APIS, RecordedCase, read_corpus
from corpus_readers import READERS, events_of
from corpus_rebuild import REBUILD
from geppetto import Host, Turn
from geppetto.engine import InferenceConfig
from geppetto.engine.keys import INFERENCE_RESULT
from geppetto.errors import GeppettoError
from geppetto.testing import CannedTransport, Exchange, run_context
from geppetto.tooling import ToolDefinition
from geppetto.turns import BlockKind, block, serde, turn

Tally = Callable[[str, str, str], None]
Check = Callable[["Run", RecordedCase], str]
PASSED, NOT_APPLICABLE = "passed", "n/a"
_TRIES = 3
#: what the checker says without an error: a beta header is needed, or only likely wrong
_FINE = frozenset({"BETA", "LINT?"})
#: case -> why a check does not hold for it; docs/corpus.md has the arguments
_SEVERAL = "the recording holds several replies in one stream; the first is the answer"
_FIELDS = "fields of the host go back to it, and the schema of OpenAI itself does not know them"
EXCEPTIONS: dict[tuple[str, str], str] = {
    **{
        (name, check): _SEVERAL
        for name in ("ai__anthropic_programmatic_tool_calling_1__0_2", "ai__openai_shell_tool_1__0_2")
        for check in ("decoded", "cut", "rebuilt", "broken off")
    },
    **{
        (name, "sent again"): _FIELDS
        for name in (
            "geppetto__together_reasoning__0",
            "pydantic-ai__test_ollama_cloud_prompted_output__0",
            "pydantic-ai__test_snowflake_thinking__0",
        )
    },
    (
        "js-genai__ts_Tests_chats_function_calling_Vertex_AI_with_streaming_function_calling_arguments_stream__0",
        "decoded",
    ): "arguments in pieces are put together by rules that a simple reading does not have",
}


class Run:
    """Run engines over recorded answers, without a network."""

    def __init__(self, folder: Path, validate: Callable[[str, Any], Any]) -> None:
        self._folder, self.validate = folder, validate

    def decode(self, case: RecordedCase, exchange: Exchange | None = None) -> Turn:
        """Let the case's engine read an answer, the recorded one by default."""
        return self.ask(case, turn().user("What now?").build(), exchange or _exchange(case))[0]

    def ask(self, case: RecordedCase, given: Turn, exchange: Exchange) -> tuple[Turn, Any]:
        """Return the completed turn and the body of the request."""
        canned = CannedTransport([exchange] * _TRIES)
        with Host(env={"GEPPETTO_HOME": str(self._folder)}, transport=canned) as host:
            place = {"base_url": case.base_url} if case.base_url else {}
            engine = host.engine(case.engine, model=case.model, api_key="k", **place)
            ctx = run_context(inference=InferenceConfig(stream=case.streaming), tools=_tools(case))
            completed = asyncio.run(engine.run_inference(ctx, given))
        return completed, canned.requests[0].json


def _exchange(case: RecordedCase) -> Exchange:
    return Exchange.from_recording({"response": dict(case.response)})


def _tools(case: RecordedCase) -> list[ToolDefinition]:
    """Return a tool for each name that the answer calls."""
    if case.is_error or case.is_broken:
        return []
    names = dict.fromkeys(name for name, _ in READERS[case.api](case.response).calls)
    schema = {"type": "object", "properties": {}}
    return [ToolDefinition(name, "A tool.", schema, lambda arguments, _ctx: arguments) for name in names]


def _shown(found: Turn) -> list[Any]:
    """Return the reply's blocks, without the ids that were made up."""
    shown = []
    for one in found.blocks[1:]:
        payload = {k: v for k, v in serde.block_to_json(one).get("payload", {}).items() if k != "id"}
        shown.append((one.kind.value, payload))
    return shown


def decodes(run: Run, case: RecordedCase) -> str:
    """Text, calls, the vendor's word and its total are those of the simplest reading."""
    if case.is_error or case.is_broken:
        return NOT_APPLICABLE
    found, expected = run.decode(case), READERS[case.api](case.response)
    result = found.metadata.get(INFERENCE_RESULT)
    assert result is not None
    assert "".join(one.text for one in found.of_kind(BlockKind.LLM_TEXT)) == expected.text
    assert [_call(one) for one in found.of_kind(BlockKind.TOOL_CALL)] == expected.calls
    if case.api != "responses":  # its word is made of status and reason
        assert result.stop_reason == expected.word
    if expected.total is not None:
        usage = result.usage
        assert usage is not None
        assert (usage.input or 0) + (usage.output or 0) == expected.total
    assert serde.from_yaml(serde.to_yaml(found)) == found or _shown(
        serde.from_yaml(serde.to_yaml(found))
    ) == _shown(found)
    return PASSED


def _call(one: Any) -> tuple[str, Any]:
    payload = serde.block_to_json(one)["payload"]
    return payload["name"], payload["args"]


def cuts(run: Run, case: RecordedCase) -> str:
    """However the bytes of a stream are cut, the blocks are the same."""
    if not case.streaming or case.is_error or case.is_broken:
        return NOT_APPLICABLE
    chance, body = random.Random(case.name), b"".join(_exchange(case).pieces())
    pieces = list(_cut(body, chance))
    cut = Exchange(headers=_exchange(case).headers, chunks=pieces)
    assert _shown(run.decode(case, cut)) == _shown(run.decode(case))
    return PASSED


def _cut(data: bytes, chance: random.Random) -> Iterator[bytes]:
    start = 0
    while start < len(data):
        end = start + chance.choice((1, 2, 3, 7, 40, 400, 4000))
        yield data[start:end]
        start = end


def rebuilds(run: Run, case: RecordedCase) -> str:
    """The unstreamed body that a stream stands for decodes to the same blocks and usage."""
    if not case.streaming or case.is_error or case.is_broken:
        return NOT_APPLICABLE
    body = REBUILD[case.api](case.response)
    if body is None:
        return NOT_APPLICABLE
    streamed = run.decode(case)
    whole = run.ask(
        case,
        turn().user("What now?").build(),
        Exchange(body=json.dumps(body), headers={"content-type": "application/json"}),
    )[0]
    assert _joined(_shown(whole)) == _joined(_shown(streamed))
    one, two = whole.metadata.get(INFERENCE_RESULT), streamed.metadata.get(INFERENCE_RESULT)
    assert one is not None
    assert two is not None
    assert (one.usage, one.finish_class) == (two.usage, two.finish_class)
    return PASSED


def _joined(shown: list[Any]) -> list[Any]:
    return shown


def breaks_off(run: Run, case: RecordedCase) -> str:
    """A stream that ends before its end is an error; so is one that was recorded broken."""
    if case.is_broken:
        with pytest.raises(GeppettoError):
            run.decode(case)
        return PASSED
    if not case.streaming or case.is_error or case.response.get("stream_format") == "json_array":
        return NOT_APPLICABLE
    events = events_of(case.response)
    if len(events) < 4:
        return NOT_APPLICABLE
    raw = str(case.response["sse_raw"]).replace("\r\n", "\n").split("\n\n")
    text = "\n\n".join(raw[: len(raw) // 3]) + "\n\n"
    if case.api == "generateContent" and READERS[case.api]({"sse_raw": text}).word:
        return NOT_APPLICABLE  # the first third says already how it ends
    cut = Exchange(headers=_exchange(case).headers, chunks=[text.encode()])
    with pytest.raises(GeppettoError):
        run.decode(case, cut)
    return PASSED


def is_sent_again(run: Run, case: RecordedCase) -> str:
    """The reply, results for its calls and a further prompt make a request that the vendor's schema accepts."""
    if case.is_error or case.is_broken:
        return NOT_APPLICABLE
    found = run.decode(case)
    for call in found.of_kind(BlockKind.TOOL_CALL):
        found = found.append(block.tool_use(call.payload["id"], {"ok": True}))
    _, body = run.ask(case, found.append(block.user("Go on.")), _exchange(case))
    text = json.dumps(body, ensure_ascii=False)
    kept = [] if "refusal" in case.features else READERS[case.api](case.response).kept
    assert [one for one in kept if json.dumps(one, ensure_ascii=False)[1:-1] not in text] == []
    problems = run.validate(APIS[case.api], body)
    assert [problem for problem in problems if problem[0] not in _FINE] == []
    return PASSED


def is_understood(run: Run, case: RecordedCase) -> str:
    """A refusal is an error with a code of its own, and only what may pass is tried again."""
    if not case.is_error:
        return NOT_APPLICABLE
    with pytest.raises(GeppettoError) as caught:
        run.decode(case)
    error, status = caught.value, int(case.response["status"])
    assert error.code != "PROVIDER_ERROR"
    if status >= 500:
        assert getattr(error, "retryable", None)
    elif status != 429:
        assert not getattr(error, "retryable", None)
    return PASSED


CHECKS: dict[str, Check] = {
    "decoded": decodes,
    "cut": cuts,
    "rebuilt": rebuilds,
    "broken off": breaks_off,
    "sent again": is_sent_again,
    "refused": is_understood,
}


@pytest.fixture(scope="module")
def run(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Give the runner, with the checker of requests that lies beside the corpus, where it does."""
    return Run(tmp_path_factory.mktemp("home"), _checker(corpus.parent / "tools" / "validate_request.py"))


def _checker(path: Path) -> Callable[[str, Any], Any]:
    if not path.exists():
        return lambda _provider, _body: []
    spec = importlib.util.spec_from_file_location("validate_request", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the schema files open, once
        for name in APIS.values():
            module.validate(name, {})
    checker: Callable[[str, Any], Any] = module.validate
    return checker


@pytest.mark.parametrize("check", CHECKS)
def test_recorded_exchanges(corpus: Path, run: Run, tally: Tally, check: str) -> None:
    """Each case passes each check that applies to it; what does not is named with the difference."""
    failures = []

    for case in read_corpus(corpus):
        try:
            outcome = NOT_APPLICABLE if (case.name, check) in EXCEPTIONS else CHECKS[check](run, case)
        except (AssertionError, GeppettoError, pytest.fail.Exception) as error:
            outcome = "failed"
            failures.append(f"{case.folder}/{case.name}: {str(error)[:600]}")
        tally(case.row, check, outcome)

    if failures:
        pytest.fail("\n".join(failures), pytrace=False)
