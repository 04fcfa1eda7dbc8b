"""What these tests share: a run context that records its events, and the two ways to read an answer."""

from __future__ import annotations

import importlib.util
import json
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from geppetto.engine import Reply, RunContext
from geppetto.events import Correlation
from geppetto.testing import RecordingPort
from geppetto.tooling import ToolNames
from geppetto_provider_openai.origin import chat_origin
from geppetto_provider_openai.stream import Reducer

Context = Callable[..., RunContext]


class Port(RecordingPort):
    """A recording port that counts how often a producer waited."""

    def __init__(self) -> None:
        super().__init__()
        self.drained = 0

    async def drain(self) -> None:
        """Count the calls."""
        self.drained += 1


@pytest.fixture
def port() -> Port:
    """Give the recording port of the test's run."""
    return Port()


@pytest.fixture
def context(port: Any) -> Context:
    """Give a function that makes a run context over the recording port."""

    def make(**options: Any) -> RunContext:
        return RunContext(port=port, correlation=Correlation("session", "run", "turn"), **options)

    return make


@pytest.fixture
def reader(context: Context) -> Callable[..., tuple[Reply, Reducer]]:
    """Give a function that makes a reply and the reducer that fills it."""

    def make(
        names: Sequence[str] = (), base_url: str = "https://api.openai.com/v1", model: str = "gpt-test"
    ) -> tuple[Reply, Reducer]:
        reply = Reply(context(), provider="openai", model=model)
        return reply, Reducer(reply, names=ToolNames(names), origin=chat_origin(base_url, model))

    return make


@pytest.fixture
def stream(reader: Callable[..., tuple[Reply, Reducer]]) -> Callable[..., Reply]:
    """Give a function that reads chunks as a stream."""

    def read(*chunks: Any, done: bool = True, **options: Any) -> Reply:
        reply, reducer = reader(**options)
        for chunk in chunks:
            reducer.feed(chunk if isinstance(chunk, str) else json.dumps(chunk))
        if done:
            reducer.feed("[DONE]")
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
        warnings.simplefilter("ignore", ResourceWarning)  # it leaves the schema files open, once
        checker("openai_chat", {})
        checker("openai_responses", {})
    return checker
