"""The registry names, judges and loads; whatever a plugin does, the others go on working."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from geppetto.engine import EngineFactory
from geppetto.errors import InvalidOption, NotFound, PluginError
from geppetto.plugins import Kind, PluginPolicy, PluginRegistry

Install = Callable[..., list[str]]

HEAD = """
from geppetto.engine import EngineFactory
from geppetto.plugins import hookimpl

def _build(settings, deps):
    raise NotImplementedError
"""


def _engines(*names: str) -> str:
    """Return the code of a module that gives engines of these names."""
    given = ", ".join(f"EngineFactory({name!r}, _build)" for name in names)
    return f"{HEAD}\n@hookimpl\ndef geppetto_engine_factories():\n    return [{given}]\n"


def _factory(name: str) -> EngineFactory:
    return EngineFactory(name, lambda _settings, _deps: None)  # type: ignore[arg-type,return-value]


def test_get_imports_that_plugin_and_no_other(install: Install) -> None:
    """A lookup imports the module of the name that was asked for, once, and leaves the others alone."""
    install("geppetto-a", "[geppetto.engines]\na = a_plugin\n", a_plugin=_engines("a"))
    path = install("geppetto-b", "[geppetto.engines]\nb = b_plugin\n", b_plugin="raise SystemExit(3)")
    registry = PluginRegistry(path=path)

    first, again = registry.get(Kind.ENGINE, "a"), registry.get(Kind.ENGINE, "a")

    assert first is again
    assert first.name == "a"
    assert "b_plugin" not in sys.modules
    assert [row.status for row in registry.rows()] == ["loaded", "available"]


def test_names_ignore_case_and_separators(install: Install) -> None:
    """`systemPrompt`, `system_prompt` and `System-Prompt` are one name, also between entry point and hook."""
    path = install("geppetto-a", "[geppetto.engines]\nmyModel = a_plugin\n", a_plugin=_engines("my_model"))
    registry = PluginRegistry(path=path)

    assert registry.get(Kind.ENGINE, "My-Model") is registry.get(Kind.ENGINE, "mymodel")
    assert registry.names(Kind.ENGINE) == ["myModel"]


def test_an_unknown_name_says_what_there_is(install: Install) -> None:
    """A name that nobody offers is NotFound with the installed names and the nearest."""
    path = install("geppetto-a", "[geppetto.engines]\ngemini = a_plugin\n")

    with pytest.raises(NotFound, match="Did you mean gemini") as caught:
        PluginRegistry(path=path).get(Kind.ENGINE, "gemin")

    assert caught.value.code == "ENGINE_NOT_FOUND"


def test_a_name_in_a_misspelt_group_is_not_found_with_the_cure(install: Install) -> None:
    """A name that stands in a misspelt group is not found, and the next step is the group's right name."""
    path = install("geppetto-a", "[geppetto.engine]\na = a_plugin\n")

    with pytest.raises(NotFound) as caught:
        PluginRegistry(path=path).get(Kind.ENGINE, "a")

    assert "geppetto.engines" in caught.value.next_step


def test_names_of_the_core_always_win(install: Install) -> None:
    """A stranger's `echo` is a conflict, also when the core's is denied; its full name works."""
    install("geppetto", "[geppetto.engines]\necho = core_plugin\n", core_plugin=_engines("echo"))
    path = install("geppetto-x", "[geppetto.engines]\nECHO = x_plugin\n", x_plugin=_engines("echo"))
    registry = PluginRegistry(path=path)
    denied = PluginRegistry(PluginPolicy(deny=frozenset({"geppetto/echo"})), path=path)

    core, stranger = registry.get(Kind.ENGINE, "echo"), registry.get(Kind.ENGINE, "geppetto-x/echo")

    assert registry.row(Kind.ENGINE, "echo").distribution == "geppetto"
    assert core is not stranger
    assert {row.distribution: row.status for row in registry.rows()} == {
        "geppetto": "loaded",
        "geppetto-x": "conflict",
    }
    with pytest.raises(PluginError):
        denied.get(Kind.ENGINE, "echo")


def test_a_reserved_name_is_the_cores(install: Install) -> None:
    """A name that the core takes without an entry point cannot be taken by a plugin."""
    path = install("geppetto-x", "[geppetto.commands]\nrun = x_plugin\n")

    (row,) = PluginRegistry(path=path, reserved={Kind.COMMAND: ["run"]}).rows()

    assert row.status == "conflict"


def test_a_clash_blocks_both_until_an_override(install: Install) -> None:
    """Two strangers with one name are both blocked, each naming both, until an override chooses; neither is imported."""
    install("geppetto-a", "[geppetto.tools]\nlookup = a_plugin\n", a_plugin="raise SystemExit(1)")
    path = install("geppetto-b", "[geppetto.tools]\nLook-up = b_plugin\n", b_plugin="raise SystemExit(1)")
    clash = PluginRegistry(path=path)
    chosen = PluginRegistry(PluginPolicy(override={"tool/lookup": "Geppetto_B"}), path=path)
    absent = PluginRegistry(PluginPolicy(override={"tool/lookup": "geppetto-c"}), path=path)

    with pytest.raises(PluginError, match="geppetto-a and geppetto-b") as caught:
        clash.get(Kind.TOOL, "lookup")
    clash.load()

    assert caught.value.code == "PLUGIN_CONFLICT"
    assert [row.status for row in clash.rows()] == ["conflict", "conflict"]
    assert "a_plugin" not in sys.modules
    assert chosen.row(Kind.TOOL, "lookup").distribution == "geppetto-b"
    assert chosen.names(Kind.TOOL) == ["Look-up"]
    assert all("geppetto-c, which does not offer it" in row.reason for row in absent.rows())


def test_a_denied_plugin_takes_no_part_in_a_clash(install: Install) -> None:
    """Denying one of two owners settles their clash, and the denied one is refused under its full name too."""
    install("geppetto-a", "[geppetto.engines]\nx = a_plugin\n")
    path = install("geppetto-b", "[geppetto.engines]\nx = b_plugin\n", b_plugin=_engines("x"))
    registry = PluginRegistry(PluginPolicy(deny=frozenset({"geppetto-a"})), path=path)

    assert registry.get(Kind.ENGINE, "x").name == "x"
    with pytest.raises(PluginError) as caught:
        registry.get(Kind.ENGINE, "geppetto-a/x")
    assert caught.value.code == "PLUGIN_DISABLED"


def test_no_plugins_lists_the_core_alone(install: Install) -> None:
    """Without plugins only the core's rows are listed, and a stranger's name says why it is off."""
    install("geppetto", "[geppetto.engines]\necho = core_plugin\n")
    path = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n")
    registry = PluginRegistry(PluginPolicy(no_plugins=True), path=path)

    assert [row.distribution for row in registry.rows()] == ["geppetto"]
    with pytest.raises(PluginError, match="switched off"):
        registry.get(Kind.ENGINE, "x")


def test_a_newer_plugin_is_refused_without_an_import(install: Install) -> None:
    """A plugin for a later API is refused with its own code and is not imported."""
    path = install("geppetto-x", "[geppetto2.engines]\nx = x_plugin\n", x_plugin="raise SystemExit(1)")

    with pytest.raises(PluginError, match="newer geppetto") as caught:
        PluginRegistry(path=path).get(Kind.ENGINE, "geppetto-x/x")

    assert caught.value.code == "PLUGIN_INCOMPATIBLE"


def test_an_alias_means_the_contribution_of_that_name_or_the_only_one(install: Install) -> None:
    """Among several contributions an alias needs its own; a single contribution answers to all its entry points."""
    install(
        "geppetto-a",
        "[geppetto.engines]\nclaude = a_plugin\nanthropic = a_plugin\n",
        a_plugin=_engines("claude"),
    )
    path = install(
        "geppetto-b",
        "[geppetto.engines]\none = b_plugin\ntwo = b_plugin\nlost = b_plugin\n",
        b_plugin=_engines("one", "two"),
    )
    registry = PluginRegistry(path=path)

    assert registry.get(Kind.ENGINE, "anthropic") is registry.get(Kind.ENGINE, "claude")
    assert registry.get(Kind.ENGINE, "two").name == "two"
    with pytest.raises(PluginError, match=r"promises 'lost', .* gave \[one, two\]"):
        registry.get(Kind.ENGINE, "lost")


def test_code_adds_contributions(install: Install) -> None:
    """The application's own contribution has a row of its own and wins over a plugin's, which stays reachable."""
    path = install("geppetto-x", "[geppetto.engines]\nmine = x_plugin\n", x_plugin=_engines("mine"))
    registry = PluginRegistry(path=path)
    own = _factory("Mine")

    registry.add(Kind.ENGINE, own)

    assert registry.get(Kind.ENGINE, "mine") is own
    assert registry.row(Kind.ENGINE, "mine").to_json()["source"] == "code"
    assert registry.get(Kind.ENGINE, "geppetto-x/mine") is not own
    assert [(row.distribution, row.status) for row in registry.rows()] == [
        ("(code)", "available"),
        ("geppetto-x", "conflict"),
    ]


def test_code_replaces_only_when_it_says_so(install: Install) -> None:
    """A name of the core or of the application itself is refused without `replace`, and given with it."""
    path = install("geppetto", "[geppetto.engines]\necho = core_plugin\n", core_plugin=_engines("echo"))
    registry = PluginRegistry(path=path)
    first, second = _factory("echo"), _factory("echo")

    with pytest.raises(PluginError) as caught:
        registry.add(Kind.ENGINE, first)
    registry.add(Kind.ENGINE, first, replace=True)
    with pytest.raises(PluginError):
        registry.add(Kind.ENGINE, second)
    registry.add(Kind.ENGINE, second, replace=True)
    registry.add(Kind.ENGINE, first, name="other")

    assert caught.value.code == "PLUGIN_CONFLICT"
    assert registry.get(Kind.ENGINE, "echo") is second
    assert registry.get(Kind.ENGINE, "other") is first
    assert registry.get(Kind.ENGINE, "geppetto/echo").name == "echo"


@pytest.mark.parametrize("value", [None, "x", _factory])
def test_code_cannot_add_what_is_not_of_the_kind(value: Any) -> None:
    """A value that is not of the kind is refused when it is added, not when it is used."""
    with pytest.raises(InvalidOption, match="EngineFactory"):
        PluginRegistry(path=[]).add(Kind.ENGINE, value)


def test_threads_share_one_import(install: Install) -> None:
    """Many threads that ask at once get the same contribution of one import."""
    code = "import time\ntime.sleep(0.05)\n" + _engines("x")
    path = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n", x_plugin=code)
    registry = PluginRegistry(path=path)

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(lambda _: registry.get(Kind.ENGINE, "x"), range(16)))

    assert len({id(each) for each in given}) == 1


def test_many_distributions_are_listed_quickly(install: Install) -> None:
    """Two hundred plugins are discovered and one is loaded without touching the rest."""
    for number in range(200):
        path = install(
            f"geppetto-n{number}",
            f"[geppetto.engines]\nn{number} = n{number}_plugin\n",
            **{f"n{number}_plugin": _engines(f"n{number}")},
        )
    registry = PluginRegistry(path=path)

    assert len(registry.rows(Kind.ENGINE)) == 200
    assert registry.get(Kind.ENGINE, "n77").name == "n77"
    assert sum(row.status == "loaded" for row in registry.rows()) == 1
