"""All layers together make one run: each root is resolved, and nothing is built."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from geppetto import Host, Secret
from geppetto.config import Layer
from geppetto.config.document import ROOTS, Document
from geppetto.engine import EngineFactory
from geppetto.errors import ConfigError, InvalidOption, NotFound
from geppetto.factory.compose import compose
from geppetto.factory.uses import Use
from geppetto.plugins import Kind

Hosted = Callable[..., Host]


def _document(layer: Layer, *, text: bool = False, **values: Any) -> Document:
    return Document(layer.label, layer, values, "f.yaml", {f"/{name}": 3 for name in values}, text)


def test_every_root_is_resolved(hosted: Hosted, wire: Any) -> None:
    """Engine, settings, options, prompt, middlewares, tools, extensions; each with its history."""
    low = _document(
        Layer.PROFILE,
        engine="wire",
        settings={"model": "a", "temperature": 0.1},
        inference={"seed": 1},
        system_prompt="Low.",
        tools=["clock"],
        extensions={"acme.note@v1": {"a": 1}},
    )
    high = _document(
        Layer.CONFIG_FILE,
        settings={"temperature": 0.2},
        inference={"max_output_tokens": 5},
        system_prompt="High.",
        tools={"max_iterations": 3},
        middlewares={"logging": {"level": "debug"}},
        extensions={"acme.note@v1": {"b": 2}},
    )

    found = compose(hosted(), [high, low], [Use("logging", "x")])

    assert found.engine == "wire"
    assert found.settings == {"model": "a", "temperature": 0.2}
    assert (found.inference.seed, found.inference.max_output_tokens) == (1, 5)
    assert found.system_prompt == "High."
    assert found.tools == ["clock"]
    assert found.parts["/tools"].value == {"names": ["clock"], "max_iterations": 3}
    assert found.chain[0].config == {"level": "debug", "logger": "geppetto.inference"}
    assert found.extensions == {"acme.note@v1": {"a": 1, "b": 2}}
    roots = {pointer.split("/", 2)[1] for pointer in found.history()}
    assert roots == set(ROOTS)
    assert [(step.layer.label, step.value) for step in found.history()["/system_prompt"]] == [
        ("profile", "Low."),
        ("config-file", "High."),
    ]
    assert wire.built == []


def test_nobody_names_an_engine(hosted: Hosted) -> None:
    """The demo engine runs, with the tools that it can use, unless somebody says which."""
    assert compose(hosted(), []).engine == "demo"
    assert compose(hosted(), []).tools
    assert compose(hosted(), [_document(Layer.FLAGS, tools=[])]).tools == []
    assert compose(hosted(), [], engine="echo").tools is None


def test_an_option_that_the_engine_has_as_a_setting_is_one_value(hosted: Hosted) -> None:
    """Said as `inference` or as `settings`, the higher layer wins, with one history."""
    documents = [
        _document(Layer.PROFILE, engine="wire", settings={"temperature": 0.2}),
        _document(Layer.CONFIG_FILE, inference={"temperature": 0.5, "seed": 1}),
        _document(Layer.FLAGS, settings={"temperature": 0.7}),
    ]

    found = compose(hosted(), documents)

    assert found.settings["temperature"] == 0.7
    assert found.inference.temperature is None
    assert [step.value for step in found.history()["/settings/temperature"]] == [1.0, 0.2, 0.5, 0.7]
    assert "/inference/temperature" not in found.history()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"settings": {"modle": "x"}}, r"engine wire has no key 'modle', set by flags \(f.yaml.*did you mean model"),
        ({"settings": {"temperature": "hot"}}, "engine wire: /temperature: 'hot' is not of type 'number'"),
        ({"inference": {"sede": 1}}, "inference has no key 'sede'.*did you mean seed"),
        ({"tools": {"max_iteration": 1}}, "tools has no key 'max_iteration'.*did you mean max_iterations"),
        ({"tools": {"max_iterations": 0}}, "tools: /max_iterations: 0 is less than the minimum"),
        ({"tools": [1]}, "tools: /names/0: 1 is not of type 'string'"),
        ({"system_prompt": 3}, "/system_prompt: 3 is not of type 'string', 'null'"),
        ({"middlewares": {"loging": {}}}, "/middlewares/loging: there is no such middleware"),
    ],
)  # fmt: skip
def test_a_value_that_does_not_fit(hosted: Hosted, values: dict[str, Any], words: str) -> None:
    """Named with its path, its source and what would fit."""
    with pytest.raises(ConfigError, match=words):
        compose(hosted(), [_document(Layer.FLAGS, engine="wire", **values)])


@pytest.mark.parametrize("root", ["settings", "inference", "middlewares", "extensions"])
@pytest.mark.parametrize("value", ["text", ["a"], 3])
def test_what_should_be_an_object_and_is_none(hosted: Hosted, root: str, value: Any) -> None:
    """It is refused, with its place, and not passed over."""
    with pytest.raises(ConfigError, match=f"/{root}: expected an object") as caught:
        compose(hosted(), [_document(Layer.CONFIG_FILE, **{root: value})])

    assert caught.value.subject == f"/{root}"
    assert "f.yaml:3" in str(caught.value)


def test_null_at_a_root_says_nothing(hosted: Hosted) -> None:
    """As an empty section of a file."""
    nothing: dict[str, Any] = dict.fromkeys(ROOTS)

    assert compose(hosted(), [_document(Layer.CONFIG_FILE, **nothing)], engine="echo").engine == "echo"


@pytest.mark.parametrize(
    ("value", "names"),
    [('["clock"]', ["clock"]), ("[clock, calculator]", ["clock", "calculator"]), ("[]", [])],
)
def test_tools_may_be_said_as_a_text(hosted: Hosted, value: str, names: list[str]) -> None:
    """`GEPPETTO__TOOLS=[clock]` is a list of names; another text is refused."""
    assert (
        compose(hosted(), [_document(Layer.ENVIRONMENT, text=True, tools=value)], engine="echo").tools
        == names
    )
    with pytest.raises(ConfigError, match="/tools"):
        compose(hosted(), [_document(Layer.ENVIRONMENT, text=True, tools="clock")])
    with pytest.raises(ConfigError, match="/tools"):
        compose(hosted(), [_document(Layer.CONFIG_FILE, tools="[clock]")])


@pytest.mark.parity(349)
def test_the_engine_above_a_profile_must_be_the_profiles(hosted: Hosted) -> None:
    """MERGE_CONFLICT says who names the other; another spelling, or an alias, is the same engine."""
    profile = _document(Layer.PROFILE, engine="wire")

    assert compose(hosted(), [profile, _document(Layer.FLAGS, engine="WIRE")]).engine == "WIRE"
    with pytest.raises(
        InvalidOption, match=r"is for the engine wire, and flags \(f.yaml:3\) names echo"
    ) as caught:
        compose(hosted(), [profile, _document(Layer.FLAGS, engine="echo")])
    assert (caught.value.code, caught.value.subject) == ("MERGE_CONFLICT", "engine")


def test_a_default_engine_gives_way_to_the_profiles(hosted: Hosted) -> None:
    """A file's `defaults:` stand below; an engine of theirs need not even be installed."""
    documents = [
        _document(Layer.SCHEMA_DEFAULTS, engine="nobody-has-this", settings={"api_key": "k"}),
        _document(Layer.PROFILE, engine="wire"),
    ]

    found = compose(hosted(), documents)

    assert found.engine == "wire"
    assert [left.pointer for left in found.left_out] == ["/settings/api_key"]


def test_a_conflict_is_told_where_the_profiles_engine_is_missing(hosted: Hosted) -> None:
    """What is not installed is another engine than the one that is."""
    documents = [_document(Layer.PROFILE, engine="nobody-has-this"), _document(Layer.FLAGS, engine="wire")]

    with pytest.raises(InvalidOption) as caught:
        compose(hosted(), documents)

    assert caught.value.code == "MERGE_CONFLICT"


def test_an_engine_that_nobody_has(hosted: Hosted) -> None:
    """The nearest is offered."""
    with pytest.raises(NotFound, match=r"Did you mean wire\?"):
        compose(hosted(), [_document(Layer.FLAGS, engine="wier")])


def test_secrets_stay_secrets(hosted: Hosted) -> None:
    """In the settings, in the merged document and in every step of the history."""
    found = compose(hosted(), [_document(Layer.FLAGS, engine="wire", settings={"api_key": "canary"})])

    assert isinstance(found.settings["api_key"], Secret)
    assert isinstance(found.values()["settings"]["api_key"], Secret)
    assert "canary" not in repr(found)
    assert "canary" not in str([step.to_json() for steps in found.history().values() for step in steps])


def test_an_engine_with_required_settings(hosted: Hosted) -> None:
    """What is missing is named."""
    host = hosted()
    schema = {"type": "object", "properties": {"target": {"type": "string"}}, "required": ["target"]}
    host.registry.add(
        Kind.ENGINE,
        EngineFactory(name="needs", build=lambda *_: pytest.fail("built"), settings=lambda: schema),
    )

    with pytest.raises(ConfigError, match="'target' is a required property"):
        compose(host, [_document(Layer.FLAGS, engine="needs")])
