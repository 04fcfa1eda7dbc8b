"""Names and schemas of contributions are judged as they stand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from geppetto.codecs import ExtensionCodec
from geppetto.conduct.contribution import faults_of
from geppetto.engine import EngineFactory
from geppetto.middleware import MiddlewareDefinition
from geppetto.plugins import Kind
from geppetto.tooling import ToolDefinition
from pydantic import BaseModel

ENGINE = EngineFactory("good-engine.v1", lambda settings, deps: None)  # type: ignore[arg-type,return-value]
MIDDLEWARE = MiddlewareDefinition("good", lambda deps, config: None)
TOOL = ToolDefinition("good", "", {"type": "object"}, lambda given, call: None)
CODEC = ExtensionCodec("acme.good@v1", {"type": "object"})


class _Settings(BaseModel):
    times: int = 1


def _raise() -> Any:
    raise ImportError("no sdk")


def _seven() -> Any:
    return 7


@pytest.mark.parametrize(
    ("kind", "contribution"),
    [
        (Kind.ENGINE, ENGINE),
        (Kind.ENGINE, replace(ENGINE, settings=lambda: _Settings)),
        (Kind.MIDDLEWARE, MIDDLEWARE),
        (Kind.TOOL, TOOL),
        (Kind.CODEC, CODEC),
    ],
)
def test_good_ones_have_no_faults(kind: Kind, contribution: Any) -> None:
    """Models, schemas and plain names pass."""
    assert faults_of(kind, "it", contribution) == []


@pytest.mark.parametrize(
    ("kind", "contribution", "fault", "says"),
    [
        (Kind.ENGINE, replace(ENGINE, name="a/b"), "name", "'a/b' is no name"),
        (Kind.ENGINE, replace(ENGINE, name="a b"), "name", "no name"),
        (Kind.CODEC, replace(CODEC, key="good"), "name", "namespace.feature@vN"),
        (Kind.TOOL, replace(TOOL, name="1st"), "schema", "1st"),
        (Kind.TOOL, replace(TOOL, parameters={"type": "objekt"}), "schema", "good"),
        (Kind.ENGINE, replace(ENGINE, settings=lambda: {"type": "objekt"}), "schema", "'objekt'"),
        (Kind.ENGINE, replace(ENGINE, settings=_raise), "schema", "raised ImportError: no sdk"),
        (Kind.MIDDLEWARE, replace(MIDDLEWARE, config=_seven), "schema", "gave a int"),
        (Kind.CODEC, replace(CODEC, schema={"properties": 1}), "schema", "no JSON Schema"),
    ],
)
def test_each_fault_is_told_with_what_to_do(kind: Kind, contribution: Any, fault: str, says: str) -> None:
    """A name that is none, and a schema that is none, are findings with a next step."""
    [found] = faults_of(kind, "it", contribution)

    assert (found.fault, found.subject) == (fault, "it")
    assert says in found.message
    assert found.next_step
