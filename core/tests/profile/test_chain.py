"""Several stores as one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from geppetto.errors import ProfileError, ProfileInvalid, ProfileNotFound, ReadOnlyStore
from geppetto.profile import (
    MemoryStore,
    Profile,
    Registry,
    Write,
    YamlStore,
    create_profile,
    put_registry,
    read_registry,
)
from geppetto.profile.chain import ProfileChain
from geppetto.profile.sources import SourceSpec, StoreDefinition, open_chain, parse_sources


def _registry(slug: str, **profiles: Any) -> Registry:
    return read_registry({"slug": slug, "profiles": profiles})


def _chain() -> ProfileChain:
    low = MemoryStore([_registry("base", default={"runtime": {"tools": ["t"]}}, only={})], name="low")
    stacked = {
        "stack": [{"registry_slug": "base", "profile_slug": "default"}],
        "runtime": {"system_prompt": "Hi."},
    }
    high = MemoryStore([_registry("zeta", default={}), _registry("mine", default=stacked)], name="high")
    return ProfileChain(low, high)


def test_the_top_store_is_asked_first() -> None:
    """For profiles by its registries in order of their names; a named registry goes past all that."""
    chain = _chain()

    assert chain.locate() == ("mine", "default")
    assert chain.locate("only") == ("base", "only")
    assert chain.locate("default", "base") == ("base", "default")
    assert sorted(chain.registries()) == ["base", "mine", "zeta"]


def test_stacks_reach_into_other_stores() -> None:
    """And each layer says which store it is from."""
    found = _chain().resolve()

    assert (found.registry, found.runtime.tools, found.runtime.system_prompt) == ("mine", ("t",), "Hi.")
    assert [each["source"] for each in found.lineage] == ["low", "high"]


def test_names_that_nobody_has() -> None:
    """The nearest of all stores is offered; without any store that is said."""
    with pytest.raises(ProfileNotFound, match="onyl") as caught:
        _chain().resolve("onyl")
    with pytest.raises(ProfileNotFound, match="registry not found"):
        _chain().resolve("default", "nope")
    with pytest.raises(ProfileInvalid) as empty:
        ProfileChain().resolve("x")

    assert caught.value.next_step == "did you mean only?"
    assert empty.value.code == "PROFILE_REGISTRY_NOT_CONFIGURED"


def test_a_name_stands_in_one_store_only() -> None:
    """Both are named."""
    with pytest.raises(ProfileError, match=r'duplicate registry slug "base" .* low and other') as caught:
        _chain().connect(MemoryStore([_registry("base")], name="other"))

    assert caught.value.code == "DUPLICATE_REGISTRY"


def test_stores_come_and_go() -> None:
    """What was in one is gone with it."""
    chain = _chain()

    chain.disconnect("high")

    assert (chain.locate(), [store.name for store in chain.stores]) == (("base", "default"), ["low"])
    with pytest.raises(ProfileNotFound, match="source not found"):
        chain.disconnect("high")


def test_writes_go_to_the_owner(tmp_path: Path) -> None:
    """A new registry to the top store that can be written; a read-only owner refuses."""
    path = tmp_path / "fixed.yaml"
    path.write_text("slug: fixed\nprofiles: {a: {}}\n")
    low, high = MemoryStore([_registry("base")], name="low"), MemoryStore(name="high")
    chain = ProfileChain(low, high, YamlStore(path, writable=False))

    chain.change("base", create_profile("base", Profile("x"), Write()))
    chain.change("new", put_registry(Registry("new"), Write()))

    assert "x" in low.registries()["base"].profiles
    assert list(high.registries()) == ["new"]
    with pytest.raises(ReadOnlyStore, match="read-only"):
        chain.change("fixed", create_profile("fixed", Profile("x"), Write()))


def test_places_say_their_kind(tmp_path: Path) -> None:
    """By a prefix, by their ending, by the first bytes of the file; a folder stands for its files."""
    (tmp_path / "b.yaml").touch()
    (tmp_path / "a.yml").touch()
    (tmp_path / "readme.txt").touch()
    (tmp_path / "data").write_bytes(b"SQLite format 3\0more")

    assert parse_sources(" ") == []
    found = parse_sources(
        f"yaml:x.db, sqlite:y, sqlite-dsn:file:z?mode=ro,c.sqlite3,d.yaml,{tmp_path}/data,{tmp_path}"
    )
    assert found == [
        SourceSpec("yaml", "x.db"), SourceSpec("sqlite", "y"), SourceSpec("sqlite", "file:z?mode=ro"),
        SourceSpec("sqlite", "c.sqlite3"), SourceSpec("yaml", "d.yaml"), SourceSpec("sqlite", str(tmp_path / "data")),
        SourceSpec("yaml", str(tmp_path / "a.yml")), SourceSpec("yaml", str(tmp_path / "b.yaml")),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["a.yaml,,b.yaml", ",", "yaml:", "sqlite:,a"])
def test_an_empty_place_is_refused(text: str) -> None:
    """With what is wrong."""
    with pytest.raises(ProfileInvalid, match=r"empty|no place"):
        parse_sources(text)


@pytest.mark.parametrize("prefix", ["", "yaml:"])
def test_a_home_that_nobody_has_is_a_file_that_is_not_there(prefix: str) -> None:
    """Not an error of Python's."""
    with pytest.raises(ProfileError, match="no profile registry file") as caught:
        open_chain(parse_sources(f"{prefix}~nobody-has-this-name/x.yaml"), {})

    assert "home" in caught.value.next_step


def test_a_name_that_no_file_can_have_is_a_file_that_is_not_there() -> None:
    """A script may give one."""
    with pytest.raises(ProfileError, match="no profile registry file"):
        open_chain(parse_sources("a\0b"), {})


def test_a_chain_of_places(tmp_path: Path) -> None:
    """The last one on top; kinds come from plugins; a failure closes what was open."""
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(f"slug: {name}\nprofiles: {{default: {{}}}}\n")
    opened = MemoryStore([_registry("m", default={})])
    kinds = {"sqlite": StoreDefinition("sqlite", lambda _place: opened)}

    chain = open_chain(parse_sources(f"{tmp_path}/a.yaml,{tmp_path}/b.yaml,x.db"), kinds)

    assert (chain.default_registry(), sorted(chain.registries())) == ("m", ["a", "b", "m"])
    for text, code in (
        (f"{tmp_path}/a.yaml,{tmp_path}/none.yaml", "REGISTRY_FILE_NOT_FOUND"),
        ("x.db", "STORE_NOT_INSTALLED"),
    ):
        with pytest.raises(ProfileError) as caught:
            open_chain(parse_sources(text), {} if "db" in text else kinds)
        assert caught.value.code == code
    with pytest.raises(ProfileError, match="duplicate"):
        open_chain(parse_sources(f"x.db,{tmp_path}/a.yaml,yaml:{tmp_path}/a.yaml"), kinds)
    with pytest.raises(ProfileError, match="closed"):
        opened.registries()
