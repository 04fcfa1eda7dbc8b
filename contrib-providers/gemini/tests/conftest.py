"""What these tests share: a run context that records its events, the two ways to read an answer, the recordings."""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from geppetto.engine import InferenceConfig, Reply, RunContext, ToolConfig
from geppetto.engine.deps import SseEvent
from geppetto.events import Correlation
from geppetto.provider import Origin
from geppetto.testing import RecordingPort
from geppetto.tooling import ToolDefinition, ToolNames
from geppetto.transport import SseParser
from geppetto.turns import Turn
from geppetto_provider_gemini.origin import gemini_origin
from geppetto_provider_gemini.request import Request, build_request
from geppetto_provider_gemini.settings import GeminiSettings
from geppetto_provider_gemini.stream import Reducer
from geppetto_provider_gemini.tools import NAME_RULES

Context = Callable[..., RunContext]
Case = dict[str, Any]
HOME = "https://generativelanguage.googleapis.com/v1beta"


@pytest.fixture
def port() -> RecordingPort:
    """Give the recording port of the test's run."""
    return RecordingPort()


@pytest.fixture
def context(port: RecordingPort) -> Context:
    """Give a function that makes a run context over the recording port."""

    def make(**options: Any) -> RunContext:
        return RunContext(port=port, correlation=Correlation("session", "run", "turn"), **options)

    return make


@pytest.fixture
def reader(context: Context) -> Callable[..., tuple[Reply, Reducer]]:
    """Give a function that makes a reply and the reducer that fills it."""

    def make(
        names: Sequence[str] = (), base_url: str = HOME, model: str = "gemini-3-flash", **options: Any
    ) -> tuple[Reply, Reducer]:
        reply = Reply(context(), provider="gemini", model=model)
        origin = gemini_origin(base_url, model)
        return reply, Reducer(reply, names=ToolNames(names, **NAME_RULES), origin=origin, **options)

    return make


@pytest.fixture
def stream(reader: Callable[..., tuple[Reply, Reducer]]) -> Callable[..., Reply]:
    """Give a function that reads chunks as a stream."""

    def read(*chunks: Any, **options: Any) -> Reply:
        reply, reducer = reader(**options)
        for chunk in chunks:
            reducer.feed(chunk if isinstance(chunk, str) else json.dumps(chunk))
        reducer.finish()
        return reply

    return read


@pytest.fixture
def whole(reader: Callable[..., tuple[Reply, Reducer]]) -> Callable[..., Reply]:
    """Give a function that reads an unstreamed body."""

    def read(body: Any, **options: Any) -> Reply:
        reply, reducer = reader(**options)
        reducer.whole(body)
        reducer.finish()
        return reply

    return read


@pytest.fixture
def request_of() -> Callable[..., Request]:
    """Give a function that writes the request of a turn."""

    def make(
        given: Turn,
        config: InferenceConfig | None = None,
        tools: Sequence[ToolDefinition] = (),
        tool_config: ToolConfig | None = None,
        **settings: Any,
    ) -> Request:
        known = GeminiSettings.model_validate({"model": "gemini-3-flash", **settings})
        return build_request(given, config or InferenceConfig(), tools, tool_config or ToolConfig(), known)

    return make


@pytest.fixture(scope="module")
def validate(corpus: Path) -> Callable[[str, Any], list[tuple[str, str, str]]]:
    """Give the vendor-schema checker that lies beside the corpus."""
    path = corpus.parent / "tools" / "validate_request.py"
    if not path.exists():
        pytest.skip("no request checker beside the corpus")
    spec = importlib.util.spec_from_file_location("validate_request", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    checker: Callable[[str, Any], list[tuple[str, str, str]]] = module.validate
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the schema file open, once
        checker("gemini", {"contents": []})
    return checker


class Recorded:
    """The recorded exchanges of this API, read in the simplest way, and decoded by the reducer."""

    def __init__(self, folder: Path, make: Callable[..., tuple[Reply, Reducer]]) -> None:
        self._folder, self._make = folder, make

    def cases(self) -> Iterator[tuple[str, Case]]:
        """Give every exchange by name."""
        for path in sorted(self._folder.glob("*.json")):
            case = json.loads(path.read_text(encoding="utf-8"))
            if case["api"] != "countTokens":
                yield path.stem, case

    def replies(self) -> list[tuple[str, Case]]:
        """Return the exchanges that hold a reply."""
        return [(name, case) for name, case in self.cases() if self.is_reply(case)]

    def streams(self) -> list[tuple[str, Case]]:
        """Return the replies that came as server-sent events."""
        return [(name, case) for name, case in self.replies() if self.is_sse(case)]

    def is_reply(self, case: Case) -> bool:
        """Say whether there is a reply: some broke off, one holds a bare error, of two no byte was recorded."""
        broken = {"mid_stream_error", "truncated_stream"} & set(case["features"])
        raw = case["response"].get("sse_raw")
        bare = "sse:data_only" in case["features"] and "\n{" in str(raw).replace("\r\n", "\n")
        return case["response"]["status"] == 200 and not (broken or bare) and raw != ""

    def is_sse(self, case: Case) -> bool:
        """Say whether the answer came as server-sent events."""
        return "sse_raw" in case["response"] and case["response"].get("stream_format") != "json_array"

    def chunks(self, case: Case) -> list[dict[str, Any]]:
        """Return the objects of an answer."""
        response = case["response"]
        if not self.is_sse(case):
            found = json.loads(response["sse_raw"]) if "sse_raw" in response else response["body"]
            return found if isinstance(found, list) else [found]
        lines = response["sse_raw"].lstrip("\ufeff").replace("\r\n", "\n").split("\n")
        return [json.loads(line[5:]) for line in lines if line.startswith("data:")]

    def parts(self, case: Case) -> list[dict[str, Any]]:
        """Return the parts of an answer."""
        candidates = [
            candidate for chunk in self.chunks(case) for candidate in (chunk.get("candidates") or [])[:1]
        ]
        return [
            part for candidate in candidates for part in (candidate.get("content") or {}).get("parts") or ()
        ]

    def arguments(self, call: dict[str, Any]) -> Any:
        """Return a call's arguments; those in pieces are numbers at the top in the one recording that has them."""
        pieces = {
            each["jsonPath"].removeprefix("$."): each["numberValue"] for each in call.get("partialArgs") or ()
        }
        return pieces or call.get("args") or {}

    def model(self, case: Case) -> str:
        """Return the model that was asked."""
        found = case["request"]["url"].partition("/models/")[2].partition(":")[0] if case["request"] else ""
        return found or "gemini-2.5-flash"

    def base(self, case: Case) -> str:
        """Return the address that was asked."""
        return str(case["request"]["url"].partition("/models/")[0]) if case["request"] else HOME

    def origin(self, case: Case) -> Origin:
        """Return where the reply comes from."""
        return gemini_origin(self.base(case), self.model(case))

    def sent(self, case: Case) -> dict[str, Any]:
        """Return what was asked; some wrote the other spelling that the API takes, which is evened out."""
        body: dict[str, Any] = _camel(case["request"]["body"]) if case["request"] else {}
        return body

    def declared(self, case: Case) -> list[dict[str, Any]]:
        """Return the functions that were offered."""
        return [
            one
            for tool in self.sent(case).get("tools") or ()
            for one in tool.get("functionDeclarations") or ()
        ]

    def decode(self, case: Case, pieces: Sequence[bytes] = (), chunks: Any = None) -> Reply:
        """Read an answer with the reducer, its bytes cut into `pieces`; or a body of our own making."""
        hosted = any("mcpServers" in tool for tool in self.sent(case).get("tools") or ())
        offered = frozenset(function["name"] for function in self.declared(case)) if hosted else None
        reply, reducer = self._make(base_url=self.base(case), model=self.model(case), offered=offered)
        if chunks is not None:
            reducer.whole(chunks)
        elif not self.is_sse(case):
            found = self.chunks(case)
            reducer.whole(found if case["streaming"] else found[0])
        else:
            parser = SseParser()
            for piece in pieces or [str(case["response"]["sse_raw"]).encode()]:
                _feed(reducer, parser.feed(piece))
            _feed(reducer, parser.close())
        reducer.finish()
        return reply


def _feed(reducer: Reducer, events: Sequence[SseEvent]) -> None:
    for event in events:
        reducer.feed(event.data, event.event)


def _camel(value: Any) -> Any:
    if isinstance(value, list):
        return [_camel(item) for item in value]
    if not isinstance(value, dict):
        return value
    free = {"args", "response", "parametersJsonSchema", "responseJsonSchema", "parameters"}
    named = ((_camel_name(name), item) for name, item in value.items())
    return {name: item if name in free else _camel(item) for name, item in named}


def _camel_name(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


@pytest.fixture
def recorded(corpus: Path, reader: Callable[..., tuple[Reply, Reducer]]) -> Recorded:
    """Give the recorded exchanges of this API."""
    return Recorded(corpus / "gemini", reader)
