"""The loader keeps the faults of a plugin to that plugin, and says in one sentence what to do about them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType

import pytest
from geppetto.errors import PluginError
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


HOOK = f"{HEAD}\n@hookimpl\ndef geppetto_engine_factories"
BROKEN = {
    "import error": ("import no_such_sdk", "No module named 'no_such_sdk'"),
    "syntax error": ("def", "SyntaxError"),
    "exit": ("raise SystemExit(3)", "SystemExit: 3"),
    "unwritable error": (
        "class Odd(BaseException):\n    def __str__(self): raise ValueError\nraise Odd",
        "its text cannot be read",
    ),
    "hook typo": (
        f"{HEAD}\n@hookimpl\ndef geppetto_engine_factorys(): return []",
        "did you mean geppetto_engine_factories?",
    ),
    "unmarked typo": (
        f"{HEAD}\ndef geppetto_engine_factory(): return []",
        "did you mean geppetto_engine_factories?",
    ),
    "forgotten mark": (f"{HEAD}\ndef geppetto_engine_factories(): return []", "put @hookimpl above it"),
    "no hook": (HEAD, "has no hook geppetto_engine_factories"),
    "extra argument": (f"{HOOK}(config): return []", "asks for `config`"),
    "raising": (f"{HOOK}(): raise KeyError('k')", "raised KeyError: 'k'"),
    "exiting hook": (f"{HOOK}(): raise SystemExit", "raised SystemExit"),
    "generator that raises": (
        f"{HOOK}():\n    yield EngineFactory('x', _build)\n    raise ValueError('late')",
        "late",
    ),
    "none": (f"{HOOK}(): return None", "returned None: return a list"),
    "not a list": (
        f"{HOOK}(): return EngineFactory('x', _build)",
        "returned an EngineFactory: return a list",
    ),
    "async": (f"{HEAD}\n@hookimpl\nasync def geppetto_engine_factories(): return []", "is async"),
    "wrong type": (
        f"{HOOK}(): return [EngineFactory('x', _build), 'x']",
        "gave a str, which is no EngineFactory",
    ),
    "a class": (f"{HOOK}(): return [EngineFactory]", "gave the class EngineFactory"),
    "no name": (f"{HOOK}(): return [EngineFactory('', _build)]", "without a `name`"),
    "no build": (f"{HOOK}(): return [EngineFactory('x', None)]", "`build` cannot be called"),
    "promise not kept": (f"{HOOK}(): return [EngineFactory('y', _build)]", "promises 'x', but"),
    "empty": (f"{HOOK}(): return []", "gave []"),
    "twice": (f"{HOOK}(): return [EngineFactory('x', _build), EngineFactory('X', _build)]", "keep one"),
    "replaces itself": ("import sys\nsys.modules[__name__] = object()", "is no module"),
}


@pytest.mark.parametrize(("code", "reason"), BROKEN.values(), ids=BROKEN)
def test_a_broken_plugin_is_a_row_with_a_reason(install: Install, code: str, reason: str) -> None:
    """Each way to be broken is one failed row that says what to do; the plugins around it go on working."""
    install("geppetto-first", "[geppetto.engines]\nfirst = first_plugin\n", first_plugin=_engines("first"))
    install("geppetto-last", "[geppetto.engines]\nz = last_plugin\n", last_plugin=_engines("z"))
    path = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n", x_plugin=code)
    registry = PluginRegistry(path=path)

    rows = {row.name: row for row in registry.load()}

    assert {name: str(row.status) for name, row in rows.items()} == {
        "first": "loaded",
        "x": "failed",
        "z": "loaded",
    }
    assert reason in rows["x"].reason
    assert "\n" not in rows["x"].reason
    with pytest.raises(PluginError) as caught:
        registry.get(Kind.ENGINE, "x")
    assert caught.value.code == "PLUGIN_FAILED"
    assert "geppetto plugins uninstall geppetto-x" in caught.value.next_step
    assert reason in caught.value.message


def test_a_plugin_that_asks_for_itself_is_refused(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    """A module that wants its own contribution while it is imported fails instead of going round in circles."""
    code = "import the_host\nthe_host.registry.get('engine', 'x')"
    path = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n", x_plugin=code)
    host = ModuleType("the_host")
    host.registry = PluginRegistry(path=path)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "the_host", host)

    with pytest.raises(PluginError, match="asks for its own contribution"):
        host.registry.get(Kind.ENGINE, "x")


def test_a_failure_keeps_the_original_exception(install: Install) -> None:
    """The error of a broken plugin is raised from the first exception each time, without importing again."""
    code = "import builtins\nbuiltins.open('/no/such/file')"
    path = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n", x_plugin=code)
    registry = PluginRegistry(path=path)
    causes = []

    for _ in range(2):
        with pytest.raises(PluginError) as caught:
            registry.get(Kind.ENGINE, "x")
        causes.append(caught.value.__cause__)

    assert isinstance(causes[0], FileNotFoundError)
    assert causes[0] is causes[1]
    assert caught.value.details["exception"] == "FileNotFoundError"


def test_a_keyboard_interrupt_passes(install: Install) -> None:
    """Ctrl-C during an import is the user's and no fault of the plugin."""
    path = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n", x_plugin="raise KeyboardInterrupt")
    registry = PluginRegistry(path=path)

    with pytest.raises(KeyboardInterrupt):
        registry.load()

    assert registry.row(Kind.ENGINE, "x").status == "available"


def test_a_fault_in_one_kind_spares_the_other(install: Install) -> None:
    """A module whose tools hook raises still gives its engines."""
    code = _engines("x") + "\n@hookimpl\ndef geppetto_tools(): raise ValueError\n"
    path = install(
        "geppetto-x", "[geppetto.engines]\nx = x_plugin\n[geppetto.tools]\nt = x_plugin\n", x_plugin=code
    )

    rows = PluginRegistry(path=path).load()

    assert [(row.kind, row.status) for row in rows] == [("engine", "loaded"), ("tool", "failed")]


def test_a_contribution_that_nothing_names_is_a_remark(install: Install) -> None:
    """A contribution without an entry point cannot be looked up, and the loaded row says so."""
    path = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n", x_plugin=_engines("x", "hidden"))

    (row,) = PluginRegistry(path=path).load()

    assert (row.status, "hidden" in row.reason) == ("loaded", True)


def test_strict_raises_for_the_first_broken_plugin(install: Install) -> None:
    """With a strict policy loading raises instead of recording."""
    path = install("geppetto-x", "[geppetto.engines]\nx = x_plugin\n", x_plugin="raise ValueError")

    with pytest.raises(PluginError, match="ValueError"):
        PluginRegistry(PluginPolicy(strict=True), path=path).load()


def test_two_distributions_may_share_a_module(install: Install) -> None:
    """One module that two distributions name is registered once and serves both."""
    install("geppetto-a", "[geppetto.engines]\na = shared_plugin\n", shared_plugin=_engines("a", "b"))
    path = install("geppetto-b", "[geppetto.engines]\nb = shared_plugin\n")

    assert [row.status for row in PluginRegistry(path=path).load()] == ["loaded", "loaded"]


def test_every_kind_can_be_given(install: Install) -> None:
    """Codecs are named by key, events by type, everything else by name; all of them load."""
    code = """
import click
from geppetto.checks import Check
from geppetto.codecs import ExtensionCodec
from geppetto.engine import EngineFactory
from geppetto.events import Event
from geppetto.catalog import ModelCatalog
from geppetto.embedding import EmbedderFactory
from geppetto.middleware import MiddlewareDefinition
from geppetto.plugins import hookimpl
from geppetto.profile.sources import StoreDefinition
from geppetto.tooling import ToolDefinition, ToolSource

class Progress(Event):
    __slots__ = ()
    type = "acme.progress"

def f(*args): ...

@hookimpl
def geppetto_engine_factories(): return [EngineFactory("e", f)]
@hookimpl
def geppetto_middleware_definitions(): return (MiddlewareDefinition("m", f),)
@hookimpl
def geppetto_extension_codecs(): return [ExtensionCodec("acme.c@v1", {})]
@hookimpl
def geppetto_tools(): yield ToolDefinition("t", "", {}, f)
@hookimpl
def geppetto_tool_sources(): return [ToolSource("ts", f)]
@hookimpl
def geppetto_commands(): return [click.Command("c")]
@hookimpl
def geppetto_stores(): return [StoreDefinition("s", f)]
@hookimpl
def geppetto_event_types(): return [Progress]
@hookimpl
def geppetto_model_catalogs(): return [ModelCatalog("mc", f)]
@hookimpl
def geppetto_embedder_factories(): return [EmbedderFactory("em", f)]
@hookimpl
def geppetto_checks(): return [Check("ch", f)]
"""
    names = {
        "engines": "e",
        "middlewares": "m",
        "codecs": "acme.c@v1",
        "tools": "t",
        "tool_sources": "ts",
        "commands": "c",
        "stores": "s",
        "events": "acme.progress",
        "catalogs": "mc",
        "embedders": "em",
        "checks": "ch",
    }
    points = "".join(f"[geppetto.{group}]\n{name} = all_plugin\n" for group, name in names.items())
    registry = PluginRegistry(path=install("geppetto-all", points, all_plugin=code))

    rows = registry.load()

    assert {row.kind for row in rows} == set(Kind)
    assert [(row.name, row.reason) for row in rows if row.status != "loaded"] == []
    assert registry.get(Kind.EVENT, "acme.progress").type == "acme.progress"
