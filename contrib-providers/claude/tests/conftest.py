"""What these tests share: a request for a turn, and the two ways to read an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from geppetto.engine import InferenceConfig, Reply, ToolConfig
from geppetto.testing import RecordingPort, run_context
from geppetto.tooling import ToolDefinition, ToolNames
from geppetto.turns import Block, Turn, block
from geppetto_provider_claude.origin import messages_origin
from geppetto_provider_claude.request import Request, build_request
from geppetto_provider_claude.settings import ClaudeSettings
from geppetto_provider_claude.stream import Reducer

BASE = "https://api.anthropic.com"
Ask = Callable[..., Request]
Read = Callable[..., Reply]


@pytest.fixture
def ask() -> Ask:
    """Give a function that builds the request of some blocks; `run` are options of the run, the rest are settings."""

    def make(
        *blocks: Block,
        run: dict[str, Any] | None = None,
        tools: Iterable[ToolDefinition] = (),
        tool_config: ToolConfig | None = None,
        **settings: Any,
    ) -> Request:
        given = ClaudeSettings(**{"model": "claude-sonnet-4-5", **settings})
        turn = Turn(list(blocks) or [block.user("hi")])
        config = InferenceConfig(**(run or {}))
        return build_request(turn, config, list(tools), tool_config or ToolConfig(), given)

    return make


@pytest.fixture
def port() -> RecordingPort:
    """Give the port that keeps a reply's events."""
    return RecordingPort()


@pytest.fixture
def read(port: RecordingPort) -> Read:
    """Give a function that reads events, or with `body` an unstreamed answer."""

    def make(*events: Any, body: Any = None, names: Iterable[str] = (), finish: bool = True) -> Reply:
        reply = Reply(run_context(port), provider="claude", model="claude-sonnet-4-5")
        reducer = Reducer(reply, names=ToolNames(names), origin=messages_origin(BASE, "claude-sonnet-4-5"))
        for event in events:
            reducer.feed(event if isinstance(event, str) else json.dumps(event))
        if body is not None:
            reducer.whole(body)
        if finish:
            reducer.finish()
        return reply

    return make
