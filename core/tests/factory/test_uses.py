"""Uses of middlewares: how they are called, and who says what about their config."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from geppetto import Host, MiddlewareDefinition
from geppetto.config import Layer, Source
from geppetto.config.document import Document
from geppetto.errors import ConfigError, NotFound
from geppetto.factory.uses import Use, labels, resolve_uses
from geppetto.plugins import Kind

Hosted = Callable[..., Host]
Make = Callable[..., MiddlewareDefinition]


def _said(layer: Layer, **configs: Any) -> Document:
    lines = {f"/middlewares/{name}": 7 for name in configs}
    return Document(layer.label, layer, {"middlewares": configs}, "geppetto.yaml", lines)


def test_labels_name_each_use() -> None:
    """By id where there is one, else counted per name."""
    uses = [Use("a"), Use("a", "x"), Use("A"), Use("b"), Use("a")]

    assert labels(uses) == ["a", "a#x", "A[1]", "b", "a[2]"]


@pytest.mark.parity(336, 338)
def test_a_config_is_what_its_layers_say(hosted: Hosted, middleware: Make) -> None:
    """The use's own entry, then files by name for all uses, by label for one; by layer, with provenance."""
    host = hosted(middleware_definitions=[middleware("m")])
    own = Source("profile p", Layer.PROFILE, {"word": "own", "times": 2})
    documents = [
        _said(Layer.CONFIG_FILE, m={"times": 3}, **{"m#b": {"word": "b"}}),
        _said(Layer.SCHEMA_DEFAULTS, M={"word": "low", "times": 9}),
    ]

    found = resolve_uses([Use("m", "a", sources=(own,)), Use("m", "b")], documents, host.offered)

    assert [each.label for each in found] == ["m#a", "m#b"]
    assert [each.config for each in found] == [{"word": "own", "times": 3}, {"word": "b", "times": 3}]
    assert found[0].resolved is not None
    assert [(s.layer.label, s.value) for s in found[0].resolved.history["/times"]] == [
        ("schema-defaults", 1), ("schema-defaults", 9), ("profile", 2), ("config-file", 3),
    ]  # fmt: skip
    winner = found[0].resolved.winner("/times")
    assert winner is not None
    assert winner.place == "config-file (geppetto.yaml)"


def test_a_use_that_is_switched_off_may_be_missing(hosted: Hosted, middleware: Make) -> None:
    """One that takes part must be installed; the nearest is offered."""
    host = hosted(middleware_definitions=[middleware("mark")])

    (off,) = resolve_uses([Use("nobody", enabled=False)], [], host.offered)
    with pytest.raises(NotFound, match=r"Did you mean mark\?") as caught:
        resolve_uses([Use("marc")], [], host.offered)

    assert (off.definition, off.resolved, off.config) == (None, None, None)
    assert caught.value.code == "MIDDLEWARE_NOT_FOUND"


@pytest.mark.parity(354)
@pytest.mark.parametrize(
    ("config", "code", "words"),
    [
        pytest.param({"times": "two"}, "SCHEMA_VALIDATION_FAILED", r"middleware m#a: /times: 'two' is not of type 'integer'", marks=pytest.mark.parity(347)),
        ({"tmes": 1}, "UNKNOWN_KEY", r"middleware m#a has no key 'tmes'.*did you mean times\?"),
    ],
)  # fmt: skip
def test_a_config_that_does_not_fit(
    hosted: Hosted, middleware: Make, config: dict[str, Any], code: str, words: str
) -> None:
    """Named with the use, the path, the type that is wanted, the source, its file and line."""
    host = hosted(middleware_definitions=[middleware("m")])
    source = Source("profile p", Layer.PROFILE, config, "team.yaml", {f"/{name}": 12 for name in config})

    with pytest.raises(ConfigError, match=words) as caught:
        resolve_uses([Use("m", "a", sources=(source,))], [], host.offered)

    assert "team.yaml:12" in str(caught.value)
    assert caught.value.code == code
    assert caught.value.details["middleware"] == "m#a"


def test_a_config_of_nobody_is_refused(hosted: Hosted, middleware: Make) -> None:
    """An id that no use has, or a name that is not installed; a name that is installed may be configured in advance."""
    host = hosted(middleware_definitions=[middleware("m"), middleware("n")])

    resolve_uses([Use("m", "a")], [_said(Layer.CONFIG_FILE, n={"times": 2})], host.offered)
    for label in ("m#b", "mm"):
        with pytest.raises(ConfigError, match="there is no such middleware") as caught:
            resolve_uses([Use("m", "a")], [_said(Layer.CONFIG_FILE, **{label: {}})], host.offered)
        assert caught.value.code == "MIDDLEWARE_NOT_FOUND"
        assert caught.value.subject == f"/middlewares/{label}"
        assert "geppetto.yaml:7" in str(caught.value)
        assert "did you mean m" in caught.value.next_step


def test_a_name_that_leads_to_another_definition_is_refused(hosted: Hosted, middleware: Make) -> None:
    """A use gets the middleware of its name or none."""
    host = hosted()
    host.registry.add(Kind.MIDDLEWARE, middleware("other"), name="mine")

    with pytest.raises(ConfigError, match='middleware use name "mine" does not match definition "other"'):
        resolve_uses([Use("mine")], [], host.offered)
