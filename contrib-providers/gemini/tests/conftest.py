"""What these tests share: a run context that records its events, and the two ways to read an answer."""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from geppetto.engine import InferenceConfig, Reply, RunContext, ToolConfig
from geppetto.events import Correlation
from geppetto.testing import RecordingPort
from geppetto.tooling import ToolDefinition, ToolNames
from geppetto.turns import Turn
from geppetto_provider_gemini.origin import gemini_origin
from geppetto_provider_gemini.request import Request, build_request
from geppetto_provider_gemini.settings import GeminiSettings
from geppetto_provider_gemini.stream import Reducer
from geppetto_provider_gemini.tools import NAME_RULES

Context = Callable[..., RunContext]
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
