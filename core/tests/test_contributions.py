"""From a name to the thing, and whose fault it is when that fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from geppetto import EngineFactory, Host, MiddlewareDefinition, ToolDefinition, ToolRegistry, ToolSource, tool
from geppetto.builtin.echo import EchoEngine
from geppetto.config import Layer, Source
from geppetto.errors import (
    ConfigError,
    EngineError,
    GeppettoError,
    InvalidOption,
    MiddlewareError,
    NotFound,
)
from geppetto.plugins import Kind


def _explode(*_args: Any) -> Any:
    raise LookupError("no such thing")


def _nothing(*_args: Any) -> Any:
    return None


def _refuse(*_args: Any) -> Any:
    raise InvalidOption("this engine needs a model", code="MODEL_MISSING")


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"build": _explode}, "engine bad cannot be built: LookupError: no such thing"),
        ({"build": _nothing, "settings": _explode}, "engine bad cannot be built: LookupError: no such thing"),
        ({"build": _nothing}, "engine bad cannot be built: TypeError: build gave NoneType"),
        ({"build": lambda *_: EchoEngine}, "engine bad cannot be built: TypeError: build gave type"),
    ],
)
def test_an_engine_that_cannot_be_built_is_named(wrong: Any, message: str, plain_host: Host) -> None:
    """Whether its settings, its build or what that gives is wrong; the cause is kept."""
    plain_host.registry.add(Kind.ENGINE, EngineFactory("bad", **wrong))

    with pytest.raises(EngineError, match=message) as caught:
        plain_host.engine("bad")

    assert (caught.value.code, caught.value.phase, caught.value.subject) == (
        "ENGINE_BUILD_FAILED",
        "configure",
        "bad",
    )
    assert caught.value.__cause__ is not None


@pytest.mark.parity(169)
@pytest.mark.parametrize(
    "wrong", [{"build": _explode}, {"build": _nothing}, {"build": _nothing, "config": _explode}]
)
def test_a_middleware_that_cannot_be_built_is_named(wrong: Any, plain_host: Host) -> None:
    """Whether its configuration, its build or what that gives is wrong."""
    plain_host.registry.add(Kind.MIDDLEWARE, MiddlewareDefinition("bad", **wrong))

    with pytest.raises(MiddlewareError, match="middleware bad cannot be built") as caught:
        plain_host.middleware("bad")

    assert (caught.value.code, caught.value.subject) == ("MIDDLEWARE_BUILD_FAILED", "bad")


def test_an_error_of_ours_from_a_build_passes_as_it_is(plain_host: Host) -> None:
    """A plugin that says what is wrong is not talked over."""
    plain_host.registry.add(Kind.ENGINE, EngineFactory("bad", build=_refuse))

    with pytest.raises(GeppettoError, match="needs a model") as caught:
        plain_host.engine("bad")

    assert caught.value.code == "MODEL_MISSING"


def test_settings_come_from_sources_the_higher_layer_wins(plain_host: Host) -> None:
    """What the sources say is resolved before the engine is built."""
    engine = plain_host.contributions.engine(
        "echo",
        [Source("file", Layer.CONFIG_FILE, {"reply": "low"}), Source("x", Layer.REQUEST, {"reply": "high"})],
    )

    assert plain_host.create_session(engine=engine).run("hi").text == "high"


@pytest.mark.parametrize(
    ("engine", "got"), [(None, "NoneType"), (3, "int"), (EchoEngine, "the class EchoEngine")]
)
def test_what_is_no_engine_is_refused(engine: Any, got: str, plain_host: Host) -> None:
    """A class too: its instance was meant."""
    with pytest.raises(InvalidOption, match=f"expected an engine or the name of one, got {got}"):
        plain_host.create_session(engine=engine)


def test_settings_go_to_engines_by_name_only(plain_host: Host) -> None:
    """An engine that was made already cannot take them."""
    with pytest.raises(InvalidOption, match="settings go to an engine that is given by name") as caught:
        plain_host.engine_of(EchoEngine(), {"reply": "x"})

    assert caught.value.subject == "reply"


@pytest.mark.parity(90, 168, 169)
def test_a_list_of_middlewares_is_read_entry_by_entry(plain_host: Host) -> None:
    """Names, pairs, objects and functions keep their order; what is none of them is named by its place."""

    def own(ctx: Any, turn: Any, call_next: Any) -> Any:
        return call_next(ctx, turn)

    items = ["logging", ("systemPrompt", {"prompt": "x"}), own]
    uses = [plain_host.contributions.use(item, index) for index, item in enumerate(items)]

    assert [(use.index, use.name) for use in uses] == [(0, "logging"), (1, "systemPrompt"), (2, "own")]
    with pytest.raises(InvalidOption, match="unsupported middleware specification at index 3"):
        plain_host.contributions.use(("logging",), 3)
    with pytest.raises(NotFound, match="Did you mean logging"):
        plain_host.contributions.use("loging", 0)
    with pytest.raises(ConfigError, match="did you mean level"):
        plain_host.contributions.use(("logging", {"levle": "info"}), 0)


@pytest.mark.parity(177, 178)
def test_tools_are_read_from_names_functions_and_registries(plain_host: Host) -> None:
    """None is none at all, an empty list an empty registry, and a registry stays the same object."""
    registry = ToolRegistry()

    @tool
    def mine() -> int:
        """Give one."""
        return 1

    found = plain_host.contributions.tools(["calculator", mine])

    assert plain_host.contributions.tools(None) is None
    assert plain_host.contributions.tools(registry) is registry
    assert found is not None
    assert found.names() == ["calculator", "mine"]
    with pytest.raises(NotFound, match="Did you mean calculator"):
        plain_host.contributions.tools(["calculater"])


def _source(*names: str, log: list[str] | None = None) -> ToolSource:
    @asynccontextmanager
    async def opened(_deps: Any, config: Any) -> AsyncIterator[list[ToolDefinition]]:
        tools = ToolRegistry()
        for name in names:
            tools.define(name, lambda _args, _ctx: config["word"], description="Says a word")
        try:
            yield list(tools)
        finally:
            if log is not None:
                log.append("closed")

    return ToolSource("words", opened, lambda: {"type": "object", "properties": {"word": {"type": "string"}}})


async def test_a_tool_source_gives_tools_until_it_is_left(plain_host: Host) -> None:
    """With the config that it asks for; a session runs them."""
    log: list[str] = []
    plain_host.registry.add(Kind.TOOL_SOURCE, _source("say", "shout", log=log))
    engine = plain_host.engine("scripted", replies=[{"tool_calls": [{"name": "shout"}]}, "done"])

    async with plain_host.tool_source("words", {"word": "hey"}) as tools:
        turn = await plain_host.create_session(engine=engine, tools=tools).run_async("go")
        assert log == []

    assert turn.of_kind("tool_use")[0].payload["result"] == "hey"
    assert log == ["closed"]


async def test_a_tool_source_that_cannot_be_opened_is_named(plain_host: Host) -> None:
    """Whatever its own code raises; what is wrong with its config, and a name that nobody has, are told as ever."""

    def broken(_deps: Any, _config: Any) -> Any:
        raise OSError("no such server")

    plain_host.registry.add(Kind.TOOL_SOURCE, ToolSource("broken", broken))
    plain_host.registry.add(Kind.TOOL_SOURCE, _source("say"))

    for name, config, code in (
        ("broken", {}, "TOOL_SOURCE_BUILD_FAILED"),
        ("words", {"word": 1}, "SCHEMA_VALIDATION_FAILED"),
        ("word", {}, "TOOL_SOURCE_NOT_FOUND"),
    ):
        with pytest.raises(GeppettoError) as caught:
            async with plain_host.tool_source(name, config):
                pass
        assert caught.value.code == code


async def test_an_error_inside_of_a_tool_source_stays_the_callers(plain_host: Host) -> None:
    """It is nobody's fault but his own, and the source is closed all the same."""
    log: list[str] = []
    plain_host.registry.add(Kind.TOOL_SOURCE, _source("say", log=log))

    with pytest.raises(LookupError, match="my own"):
        async with plain_host.tool_source("words"):
            raise LookupError("my own")

    assert log == ["closed"]
