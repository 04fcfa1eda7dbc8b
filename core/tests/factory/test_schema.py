"""Schemas for people and editors: middlewares, extensions, a whole configuration file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from geppetto import ExtensionCodec, Host, MiddlewareDefinition, schemas, use_host
from geppetto.errors import UsageError
from geppetto.factory.schema import config_schema, list_extensions, list_middlewares, typed_key
from jsonschema import Draft202012Validator
from pydantic import BaseModel

Hosted = Callable[..., Host]
Make = Callable[..., MiddlewareDefinition]


class Model(BaseModel):
    """A config as a pydantic model."""

    size: int = 1


CODEC = ExtensionCodec("acme.limit@v1", {"type": "object"}, display_name="Limit", description="How much")


@pytest.mark.parity(306, 364)
def test_middlewares_are_listed_with_their_schemas(hosted: Hosted, middleware: Make) -> None:
    """Sorted by name, from a JSON Schema or a pydantic model."""
    model = MiddlewareDefinition("Model", lambda *_: None, lambda: Model, 3, "A model", "Takes a size")
    host = hosted(middleware_definitions=[middleware("m"), model])

    first, second = list_middlewares(host.offered)

    assert first == {
        "name": "Model",
        "version": 3,
        "display_name": "A model",
        "description": "Takes a size",
        "schema": Model.model_json_schema(),
    }
    assert (second["name"], second["version"]) == ("m", 1)
    assert set(second["schema"]["properties"]) == {"word", "times"}


@pytest.mark.parity(306)
def test_the_installed_middlewares_are_listed_by_default(plain_host: Host) -> None:
    """`geppetto.schemas` uses the default host; each row's schema is a valid one."""
    with use_host(plain_host):
        rows = schemas.list_middlewares()

    assert [row["name"] for row in rows] == ["logging", "reorderToolResults", "systemPrompt", "turnLogging"]
    for row in rows:
        Draft202012Validator.check_schema(row["schema"])


@pytest.mark.parity(307, 308, 309, 364, 367)
def test_extensions_of_all_origins_are_listed(hosted: Hosted, middleware: Make) -> None:
    """The application's schemas, wrappers of middleware configs, codecs; the application's win."""
    own = {"type": "object", "properties": {"mine": {"type": "string"}}}
    host = hosted(
        middleware_definitions=[middleware("m"), middleware("sysPrompt")],
        extension_codecs=[CODEC, ExtensionCodec("acme.other@v1", {"type": "string"})],
        extension_schemas={"acme.other@v1": own, "app.thing@v2": own},
    )

    rows = {row["key"]: row for row in list_extensions(host.offered)}

    assert list(rows) == [
        "acme.limit@v1", "acme.other@v1", "app.thing@v2", "middleware.m_config@v1", "middleware.sysprompt_config@v1",
    ]  # fmt: skip
    assert rows["acme.limit@v1"] == {
        "key": "acme.limit@v1",
        "display_name": "Limit",
        "description": "How much",
        "schema": {"type": "object"},
    }
    assert rows["acme.other@v1"]["schema"] == own


@pytest.mark.parity(308)
def test_the_wrapper_of_a_middleware_takes_configs_by_instance(hosted: Hosted, middleware: Make) -> None:
    """By id, by place or for all, each of them as the middleware's own schema says."""
    host = hosted(middleware_definitions=[middleware("m")], extension_codecs=[])

    (row,) = list_extensions(host.offered)
    validator = Draft202012Validator(row["schema"])

    assert row["key"] == typed_key("M") == "middleware.m_config@v1"
    assert validator.is_valid({"instances": {"id:a": {"times": 2}, "default": {}}})
    assert not validator.is_valid({"instances": {"id:a": {"times": "two"}}})
    assert not validator.is_valid({"instances": {"id:a": {"tmes": 2}}})
    assert not validator.is_valid({"a": {}})


@pytest.mark.parity(341, 342, 353, 366)
def test_a_host_without_any_says_so_when_it_is_asked(hosted: Hosted) -> None:
    """An error of its own for each kind, at the call."""
    host = hosted(middleware_definitions=[], extension_codecs=[])

    with use_host(host), pytest.raises(UsageError) as middlewares:
        schemas.list_middlewares()
    with use_host(host), pytest.raises(UsageError) as extensions:
        schemas.list_extensions()

    assert middlewares.value.code == "MIDDLEWARE_DEFINITION_REGISTRY_NOT_CONFIGURED"
    assert extensions.value.code == "EXTENSION_SCHEMA_PROVIDER_NOT_CONFIGURED"
    assert extensions.value.next_step == "give Host(...) extension_codecs or extension_schemas"


@pytest.mark.parity(309, 364)
def test_a_schema_of_the_application_is_enough(hosted: Hosted) -> None:
    """Without middlewares and codecs."""
    host = hosted(
        middleware_definitions=[], extension_codecs=[], extension_schemas={"a.b@v1": {"type": "string"}}
    )

    assert [row["key"] for row in list_extensions(host.offered)] == ["a.b@v1"]


def test_listing_gives_copies(hosted: Hosted, middleware: Make) -> None:
    """Who edits a row edits nothing of the host."""
    host = hosted(middleware_definitions=[middleware("m")], extension_schemas={"a.b@v1": {"type": "object"}})

    list_middlewares(host.offered)[0]["schema"]["type"] = "broken"
    list_extensions(host.offered)[0]["schema"]["type"] = "broken"

    assert list_middlewares(host.offered)[0]["schema"]["type"] == "object"
    assert list_extensions(host.offered)[0]["schema"]["type"] == "object"


@pytest.mark.parametrize(
    ("document", "fits"),
    [
        ({}, True),
        ({"defaults": {"engine": "echo", "settings": {"reply": "x"}, "tools": ["clock"]}}, True),
        (
            {"overrides": {"middlewares": {"logging": {"level": "debug"}}, "tools": {"max_iterations": 2}}},
            True,
        ),
        ({"defaults": {"engine": "echo", "settings": {"rply": "x"}}}, False),
        ({"defaults": {"middlewares": {"logging": {"level": "loud"}}}}, False),
        ({"defaults": {"sytem_prompt": "x"}}, False),
        ({"engine": "echo"}, False),
    ],
)
def test_the_schema_of_a_configuration_file(plain_host: Host, document: dict[str, Any], fits: bool) -> None:
    """Editors refuse with it what the resolver would refuse."""
    schema = config_schema(plain_host.offered)

    Draft202012Validator.check_schema(schema)
    assert Draft202012Validator(schema).is_valid(document) is fits
