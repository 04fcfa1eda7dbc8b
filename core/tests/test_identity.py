"""Identities: engines that answer alike have the same one, and who cannot tell has none."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from geppetto import EngineFactory, Host
from geppetto.builtin.echo import EchoEngine
from geppetto.identity import Identities
from geppetto.plugins import Kind
from geppetto.reach import Reach
from geppetto.secret import Secret
from pydantic import BaseModel


class _Settings(BaseModel):
    model: str = "m"
    base_url: str = "https://a.example"
    api_key: Secret | None = None
    extra_headers: dict[str, Secret] = {}
    folder: Path = Path("x")
    anything: Any = None


def _identity(**settings: Any) -> str:
    """Return the identity of an engine of the core's, built with such settings."""
    with Host(plugins=False) as host:
        known, engine = Identities(host.registry), EchoEngine()
        known.keep(engine, "echo", _Settings(**settings))
        return known.of(engine)


def test_the_same_settings_are_the_same_engine(plain_host: Host) -> None:
    """Also of two hosts; other settings and other engines are others."""
    with Host(plugins=False) as other:
        same = other.engine_identity(other.engine("echo", reply="a"))
    found = [
        plain_host.engine("echo", reply="a"),
        plain_host.engine("echo", reply="b"),
        plain_host.engine("demo"),
    ]
    identities = [plain_host.engine_identity(engine) for engine in found]

    assert identities[0] == same
    assert len(set(identities)) == 3
    assert all(identities)


@pytest.mark.parametrize(
    "settings",
    [{"model": "n"}, {"base_url": "https://b.example"}, {"folder": "y"}, {"extra_headers": {"X-Beta": "1"}}],
    ids=str,
)
def test_what_may_change_a_reply_changes_the_identity(settings: Mapping[str, Any]) -> None:
    """A header too, though it is kept like a secret."""
    assert _identity(**settings) not in {"", _identity()}


def test_keys_do_not_change_the_identity() -> None:
    """Whose account it is stays out, in the settings and in headers."""
    ours = {"api_key": "sk-one", "extra_headers": {"X-Api-Key": "one", "Authorization": "one"}}
    theirs = {"api_key": "sk-two", "extra_headers": {"X-Api-Key": "two", "Authorization": "two"}}

    assert _identity(**ours) == _identity(**theirs) != ""


def test_settings_that_are_no_json_give_none() -> None:
    """Nobody can say whether two of them are the same."""
    assert _identity(anything=object()) == ""


def test_engines_of_code_have_none_unless_they_say_it(plain_host: Host) -> None:
    """Objects, engines that code registered, and those whose settings name code."""
    plain_host.registry.add(Kind.ENGINE, EngineFactory("mine", lambda *_: EchoEngine()))
    own = EchoEngine()
    found = [EchoEngine(), plain_host.engine("mine"), plain_host.engine("function", target="json:dumps")]

    assert [plain_host.engine_identity(engine) for engine in found] == ["", "", ""]
    own.identity = "echo of mine"  # type: ignore[attr-defined]  # as an engine of somebody's would
    assert plain_host.engine_identity(own) == "echo of mine"


def test_an_engine_that_cannot_be_referred_to_has_none(plain_host: Host) -> None:
    """It has slots; that another one stood at its place before does not matter."""

    class Slotted:
        __slots__ = ()

    known, engine = Identities(plain_host.registry), Slotted()
    known.keep(engine, "echo", {})  # type: ignore[arg-type]  # it is not run

    assert known.of(engine) == ""  # type: ignore[arg-type]  # as above


def test_engines_that_are_gone_are_forgotten(plain_host: Host) -> None:
    """A host that builds many keeps none of them."""
    known, engine = Identities(plain_host.registry), EchoEngine()
    known.keep(engine, "echo", {})
    assert known._built
    del engine
    gc.collect()

    assert known._built == {}


def test_a_bounded_host_knows_the_engines_of_its_owner(plain_host: Host) -> None:
    """And the other way round."""
    bounded = plain_host.bounded(Reach())
    mine, theirs = plain_host.engine("echo"), bounded.engine("echo")

    assert bounded.engine_identity(mine) == plain_host.engine_identity(theirs) != ""
