"""From a composition to what runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from geppetto import Host, MiddlewareDefinition, Turn
from geppetto.config import Layer
from geppetto.config.document import Document
from geppetto.errors import EngineError, InvalidOption, NotFound
from geppetto.factory.assemble import assemble, session_of
from geppetto.factory.compose import compose
from geppetto.factory.uses import Use

Hosted = Callable[..., Host]
Make = Callable[..., MiddlewareDefinition]


def _said(**values: Any) -> list[Document]:
    return [Document("code", Layer.REQUEST, values)]


def test_a_spec_has_everything_of_the_composition(hosted: Hosted, middleware: Make, wire: Any) -> None:
    """Engine with its settings, options, tools and how they run, middlewares in their order, the host's patience."""
    host = hosted(middleware_definitions=[middleware("m")])
    documents = _said(
        engine="wire",
        settings={"model": "x"},
        inference={"seed": 3},
        tools={"names": ["clock"], "max_iterations": 2, "enabled": True},
        system_prompt="Hi.",
    )
    uses = [Use("m", "a"), Use("m", "b", enabled=False), Use("m")]

    spec = assemble(host, compose(host, documents, uses), timeout=3.0)

    assert [settings["model"] for settings in wire.built] == ["x"]
    assert (spec.engine_name, spec.inference.seed, spec.timeout, spec.grace) == ("wire", 3, 3.0, host.grace)
    assert [tool.name for tool in spec.tools or ()] == ["clock"]
    assert spec.tool_loop.max_iterations == 2
    assert [(use.index, use.name) for use in spec.middlewares] == [(0, "m#a"), (1, "m"), (2, "systemPrompt")]


def test_the_system_prompt_is_innermost(hosted: Hosted) -> None:
    """What a middleware of the chain does to the request does not lose it."""

    async def drops(ctx: Any, turn: Turn, call_next: Any) -> Turn:
        kept = turn.clone()
        kept.blocks = [found for found in kept.blocks if found.kind.value != "system"]
        result: Turn = await call_next(ctx, kept)
        return result

    definition = MiddlewareDefinition("drops", lambda *_: drops)
    host = hosted(middleware_definitions=[definition])
    composition = compose(host, _said(engine="echo", system_prompt="Stay."), [Use("drops")])
    session = session_of(host, composition, session_id="s")

    session.run("one")
    completed = session.run("two")

    assert session.session_id == "s"
    assert [found.text for found in completed.blocks if found.kind.value == "system"] == ["Stay."]


def test_what_cannot_be_built_is_named(hosted: Hosted) -> None:
    """A tool that nobody has, an engine that fails, an option that a run has not."""
    host = hosted()
    target = compose(host, _said(engine="function", settings={"target": "no_such_module:f"}))

    with pytest.raises(NotFound, match="no tool 'clok'"):
        assemble(host, compose(host, _said(engine="echo", tools=["clok"])))
    with pytest.raises((EngineError, InvalidOption), match="no_such_module"):
        assemble(host, target)
    with pytest.raises(InvalidOption, match="did you mean timeout"):
        assemble(host, compose(host, _said(engine="echo")), timout=3)
