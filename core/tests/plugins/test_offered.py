"""What a host offers by name: what is installed, or what the application gave it in its place."""

from __future__ import annotations

from typing import Any

import pytest
from geppetto import ExtensionCodec, MiddlewareDefinition
from geppetto.errors import NotFound, UsageError
from geppetto.plugins import Kind, PluginPolicy, PluginRegistry
from geppetto.plugins.offered import Offered


def _middleware(name: str) -> MiddlewareDefinition:
    return MiddlewareDefinition(name, build=lambda *_: None)


def _offered(given: dict[Kind, Any] | None = None, **options: Any) -> Offered:
    return Offered(PluginRegistry(PluginPolicy(no_plugins=True)), given or {}, **options)


@pytest.mark.parity(364)
def test_what_is_given_replaces_what_is_installed() -> None:
    """For its kind only; names as people write them."""
    mine = _middleware("myOwn")
    offered = _offered({Kind.MIDDLEWARE: iter([mine, _middleware("b")]), Kind.CODEC: None})

    assert offered.names(Kind.MIDDLEWARE) == ["b", "myOwn"]
    assert offered.get(Kind.MIDDLEWARE, "my-own") is mine
    assert "echo" in offered.names(Kind.ENGINE)
    with pytest.raises(NotFound, match="logging") as caught:
        offered.get(Kind.MIDDLEWARE, "logging")
    assert caught.value.code == "MIDDLEWARE_NOT_FOUND"


def test_what_is_installed_is_offered_by_default() -> None:
    """Through the registry, with its package as the supplier."""
    offered = _offered()

    assert "logging" in offered.names(Kind.MIDDLEWARE)
    assert offered.get(Kind.MIDDLEWARE, "system_prompt").name == "systemPrompt"
    assert offered.row(Kind.MIDDLEWARE, "logging").distribution == "geppetto"


def test_a_row_of_what_was_given_says_so() -> None:
    """It is from code, under its own spelling."""
    row = _offered({Kind.MIDDLEWARE: [_middleware("myOwn")]}).row(Kind.MIDDLEWARE, "MYOWN")

    assert (row.name, row.distribution, row.version) == ("myOwn", "(code)", "")


@pytest.mark.parity(341, 342, 353)
@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Kind.MIDDLEWARE, "MIDDLEWARE_DEFINITION_REGISTRY_NOT_CONFIGURED"),
        (Kind.CODEC, "EXTENSION_SCHEMA_PROVIDER_NOT_CONFIGURED"),
    ],
)
def test_an_empty_collection_means_none_at_all(kind: Kind, code: str) -> None:
    """Names are empty; asking for one says that the host was made without any."""
    offered = _offered({kind: []})

    assert offered.names(kind) == []
    for ask in (offered.get, offered.row):
        with pytest.raises(UsageError, match="the host was made without one") as caught:
            ask(kind, "x")
        assert caught.value.code == code
        assert caught.value.next_step.startswith("give Host(...)")
    with pytest.raises(UsageError):
        offered.check(kind)


def test_checking_passes_where_there_is_something() -> None:
    """Whether it was given or is installed."""
    _offered().check(Kind.MIDDLEWARE)
    _offered({Kind.CODEC: [ExtensionCodec("a.b@v1", {})]}).check(Kind.CODEC)


def test_codecs_are_named_by_their_key() -> None:
    """And schemas of the application are copied."""
    given: dict[str, dict[str, Any]] = {"a.b@v1": {"type": "object"}}
    codec = ExtensionCodec("x.y@v1", {"type": "string"})
    offered = _offered({Kind.CODEC: [codec]}, schemas=given)
    given.clear()

    assert offered.get(Kind.CODEC, "x.y@v1") is codec
    assert list(offered.schemas) == ["a.b@v1"]
