"""Who is asked, and with whose key, is said by one layer; a key that was written for another host stays at home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from geppetto import Host
from geppetto.config import Layer
from geppetto.config.document import Document
from geppetto.errors import ConfigError
from geppetto.factory.bundle import BUNDLE, one_bundle
from geppetto.plugins.kinds import spelling

Hosted = Callable[..., Host]


def _document(layer: Layer, engine: str = "", **settings: Any) -> Document:
    values = {"settings": settings, **({"engine": engine} if engine else {})}
    lines = {f"/settings/{name}": 5 for name in settings}
    return Document(layer.label, layer, values, f"{layer.label}.yaml", lines)


def _same(one: str, other: str) -> bool:
    return spelling(one) == spelling(other)


def _bundle(*documents: Document, engine: str = "wire") -> tuple[dict[str, Any], list[str]]:
    kept, left = one_bundle(documents, engine, _same)
    found: dict[str, Any] = {}
    for document in sorted(kept, key=lambda each: each.layer):
        found |= {name: value for name, value in document.values["settings"].items() if name in BUNDLE}
    return found, [str(each) for each in left]


def test_a_bundle_of_one_layer_is_taken_whole() -> None:
    """Address, key and headers together; what is no part of it merges as everything else."""
    profile = _document(Layer.PROFILE, "wire", base_url="https://a", api_key="k", extra_headers={"x": "y"})
    flags = _document(Layer.FLAGS, temperature=0.5)

    found, left = _bundle(profile, flags)

    assert found == {"base_url": "https://a", "api_key": "k", "extra_headers": {"x": "y"}}
    assert left == []


def test_several_documents_of_one_layer_make_one_bundle() -> None:
    """A profile's stack is one layer: the base says the address, the top the key."""
    base = _document(Layer.PROFILE, "wire", base_url="https://a")
    top = _document(Layer.PROFILE, api_key="k")

    assert _bundle(base, top)[0] == {"base_url": "https://a", "api_key": "k"}


@pytest.mark.parametrize("layer", [Layer.SCHEMA_DEFAULTS, Layer.PROFILE])
def test_a_new_address_leaves_the_other_keys_behind(layer: Layer) -> None:
    """Also of the same layer: a registry on top sends no key of the registry below to its own address."""
    below = _document(layer, "wire", api_key="theirs", organization="them")
    above = _document(Layer.PROFILE, "wire", base_url="https://mine")

    found, left = _bundle(below, above)

    assert found == {"base_url": "https://mine"}
    assert left == [
        f"/settings/api_key of {layer.label} ({layer.label}.yaml:5) is left out: profile has its own address",
        f"/settings/organization of {layer.label} ({layer.label}.yaml:5) is left out: profile has its own address",
    ]


def test_what_is_for_another_engine_is_left_out() -> None:
    """A file that says `engine: other` says its key for that one."""
    file = _document(Layer.SCHEMA_DEFAULTS, "other", base_url="https://other", api_key="theirs")
    profile = _document(Layer.PROFILE, "wire", temperature=1)

    found, left = _bundle(file, profile)

    assert found == {}
    assert [row.partition(" is left out: ")[2] for row in left] == ["it is not for the engine wire"] * 2


@pytest.mark.parametrize("layer", [Layer.SCHEMA_DEFAULTS, Layer.PROFILE])
def test_a_key_stays_with_the_engine_of_its_own_document(layer: Layer) -> None:
    """A project's file, or the top of a stack, that names another engine does not get the key from below."""
    user = _document(layer, "other", api_key="theirs")
    above = _document(layer, "wire", temperature=1)

    found, left = _bundle(user, above)

    assert found == {}
    assert [row.partition(" is left out: ")[2] for row in left] == ["it is not for the engine wire"]


def test_a_key_without_an_engine_is_for_the_engine_that_it_stands_on() -> None:
    """For the one that is named below it; where none is, for the one that its layer names."""
    other, wire = _document(Layer.PROFILE, "other"), _document(Layer.PROFILE, "wire")
    key = _document(Layer.PROFILE, api_key="k")

    assert _bundle(other, key, wire)[0] == {}
    assert _bundle(other, wire, key)[0] == {"api_key": "k"}
    assert _bundle(key, wire)[0] == {"api_key": "k"}


@pytest.mark.parametrize("name", ["base_url", "api_key"])
@pytest.mark.parametrize(
    ("layer", "step"),
    [
        (Layer.ENVIRONMENT, "GEPPETTO__ENGINE=wire"),
        (Layer.FLAGS, "--engine wire"),
        (Layer.CONFIG_FILE, "engine: wire"),
        (Layer.SCHEMA_DEFAULTS, "engine: wire"),
    ],
)
def test_an_address_or_a_key_says_for_which_engine(name: str, layer: Layer, step: str) -> None:
    """In its own layer; the error shows how."""
    with pytest.raises(ConfigError, match="does not say for which engine") as caught:
        _bundle(_document(Layer.PROFILE, "wire"), _document(layer, **{name: "x"}))

    assert (caught.value.code, caught.value.subject) == ("CREDENTIALS_SPLIT", f"/settings/{name}")
    assert step in caught.value.next_step
    assert f"{layer.label}.yaml:5" in str(caught.value)


def test_a_key_on_top_of_another_layers_address_is_an_error() -> None:
    """Leaving either out would send the request, or the key, elsewhere."""
    profile = _document(Layer.PROFILE, "wire", base_url="https://a")
    flags = _document(Layer.FLAGS, "wire", api_key="k")

    with pytest.raises(ConfigError, match="an address, its key and headers come from one layer") as caught:
        _bundle(profile, flags)

    assert caught.value.code == "CREDENTIALS_SPLIT"
    assert caught.value.next_step == "say base_url, api_key in one place"
    assert "profile (profile.yaml:5)" in str(caught.value)
    assert "flags (flags.yaml:5)" in str(caught.value)


def test_a_whole_bundle_above_takes_the_place_of_the_one_below() -> None:
    """It brings its own address."""
    profile = _document(Layer.PROFILE, "wire", base_url="https://a", api_key="a", project="a")
    flags = _document(Layer.FLAGS, "WIRE", base_url="https://b", api_key="b")

    assert _bundle(profile, flags)[0] == {"base_url": "https://b", "api_key": "b"}


def test_nothing_splits_where_nobody_names_an_engine() -> None:
    """A key beside no engine at all goes to the one that runs."""
    assert _bundle(_document(Layer.FLAGS, api_key="k"))[0] == {"api_key": "k"}


PROFILE = """
slug: r
profiles:
  default:
    runtime:
      step_settings_patch:
        engine: {name: wire}
        settings: {base_url: "https://profile.example", api_key: key-of-profile}
"""


def test_a_key_of_a_file_does_not_travel_to_the_profiles_address(hosted: Hosted, tmp_path: Path) -> None:
    """The user's `geppetto.yaml` has a key for its own host; the plan says what was left out, and where it stands."""
    home = tmp_path / "home" / "config"
    home.mkdir(parents=True)
    (home / "geppetto.yaml").write_text("defaults:\n  engine: wire\n  settings:\n    api_key: key-of-file\n")
    host = hosted(PROFILE.replace(", api_key: key-of-profile", ""))

    plan = host.create_engine_factory().plan()

    assert [row["path"] for row in plan.values if "key" in row["path"]] == []
    place = f"defaults of geppetto.yaml ({home}/geppetto.yaml:4)"
    reason = "profile r/default has its own address"
    assert plan.notes == [f"/settings/api_key of {place} is left out: {reason}"]


def test_a_variable_does_not_give_the_profiles_address_another_key(hosted: Hosted) -> None:
    """`GEPPETTO__SETTINGS__API_KEY` alone is refused; with its address and engine it is a bundle of its own."""
    alone = {"GEPPETTO__SETTINGS__API_KEY": "key-of-env", "GEPPETTO__ENGINE": "wire"}
    whole = {**alone, "GEPPETTO__SETTINGS__BASE_URL": "https://env.example"}

    with pytest.raises(ConfigError) as caught:
        hosted(PROFILE, env=alone).create_engine_factory().plan()
    host = hosted(PROFILE, env=whole)
    host.create_engine_factory().create_engine()

    assert caught.value.code == "CREDENTIALS_SPLIT"
    assert "key-of" not in str(caught.value) + caught.value.next_step


def test_the_engine_is_built_with_the_bundle(hosted: Hosted, wire: Any) -> None:
    """What counts is what the engine gets."""
    host = hosted(
        PROFILE,
        env={
            "GEPPETTO__ENGINE": "wire",
            "GEPPETTO__SETTINGS__BASE_URL": "https://env.example",
            "GEPPETTO__SETTINGS__API_KEY": "key-of-env",
        },
    )

    host.create_engine_factory().create_engine()

    (settings,) = wire.built
    assert settings["base_url"] == "https://env.example"
    assert settings["api_key"].reveal() == "key-of-env"
