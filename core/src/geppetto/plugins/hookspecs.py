"""The hooks a plugin may implement: start here to write one.

A plugin is a Python distribution with two parts. Its `pyproject.toml` promises names, one entry point each; the
group is the kind, the name is what users write, the value is a module:

    [project.entry-points."geppetto.engines"]
    parrot = "geppetto_provider_parrot.plugin"
    polly = "geppetto_provider_parrot.plugin"          # an alias: one more entry with the same value

And that module keeps the promise:

    from geppetto.engine import EngineFactory
    from geppetto.plugins import hookimpl

    def _build(settings, deps):
        from geppetto_provider_parrot.engine import Parrot   # heavy imports belong here, not at the top

        return Parrot(settings)

    PARROT = EngineFactory("parrot", _build, description="Says it again")

    @hookimpl
    def geppetto_engine_factories():
        return [PARROT]

`geppetto plugins list` shows the names without importing anything; `geppetto plugins show parrot` imports the module
in a process of its own and says what is wrong with it. A module is imported only when one of its names is used, so
keep it light: no vendor SDK, no network, no files, no logging set-up. Every hook takes no arguments and returns a
list. The prefix of the group is the version of this page: `geppetto.` is version 1.

    group                   hook                               gives
    geppetto.engines        geppetto_engine_factories          EngineFactory         (geppetto.engine)
    geppetto.middlewares    geppetto_middleware_definitions    MiddlewareDefinition  (geppetto.middleware)
    geppetto.codecs         geppetto_extension_codecs          ExtensionCodec        (geppetto.codecs)
    geppetto.tools          geppetto_tools                     ToolDefinition        (geppetto.tooling)
    geppetto.tool_sources   geppetto_tool_sources              ToolSource            (geppetto.tooling)
    geppetto.commands       geppetto_commands                  click.Command
    geppetto.stores         geppetto_stores                    StoreDefinition       (geppetto.profile)
    geppetto.events         geppetto_event_types               subclasses of Event   (geppetto.events)
    geppetto.catalogs       geppetto_model_catalogs            ModelCatalog          (geppetto.catalog)
    geppetto.embedders      geppetto_embedder_factories        EmbedderFactory       (geppetto.embedding)
    geppetto.checks         geppetto_checks                    Check                 (geppetto.checks)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pluggy import HookimplMarker, HookspecMarker

if TYPE_CHECKING:
    from collections.abc import Iterable

    import click

    from geppetto.catalog.model import ModelCatalog
    from geppetto.checks import Check
    from geppetto.codecs import ExtensionCodec
    from geppetto.embedding.model import EmbedderFactory
    from geppetto.engine.contract import EngineFactory
    from geppetto.events import Event
    from geppetto.middleware.definition import MiddlewareDefinition
    from geppetto.profile.sources import StoreDefinition
    from geppetto.tooling.definition import ToolDefinition, ToolSource

__all__ = [
    "geppetto_checks",
    "geppetto_commands",
    "geppetto_embedder_factories",
    "geppetto_engine_factories",
    "geppetto_event_types",
    "geppetto_extension_codecs",
    "geppetto_middleware_definitions",
    "geppetto_model_catalogs",
    "geppetto_stores",
    "geppetto_tool_sources",
    "geppetto_tools",
    "hookimpl",
    "hookspec",
]

hookspec = HookspecMarker("geppetto")
hookimpl = HookimplMarker("geppetto")


@hookspec
def geppetto_engine_factories() -> Iterable[EngineFactory]:
    """Give the engines that this plugin's `geppetto.engines` entry points name."""
    return ()


@hookspec
def geppetto_middleware_definitions() -> Iterable[MiddlewareDefinition]:
    """Give the middlewares that this plugin's `geppetto.middlewares` entry points name."""
    return ()


@hookspec
def geppetto_extension_codecs() -> Iterable[ExtensionCodec]:
    """Give the codecs whose keys this plugin's `geppetto.codecs` entry points name."""
    return ()


@hookspec
def geppetto_tools() -> Iterable[ToolDefinition]:
    """Give the tools that this plugin's `geppetto.tools` entry points name."""
    return ()


@hookspec
def geppetto_tool_sources() -> Iterable[ToolSource]:
    """Give the sources of tools whose own names are known only at run time (MCP, OpenAPI, script files)."""
    return ()


@hookspec
def geppetto_commands() -> Iterable[click.Command]:
    """Give the subcommands of `geppetto` that this plugin's `geppetto.commands` entry points name."""
    return ()


@hookspec
def geppetto_stores() -> Iterable[StoreDefinition]:
    """Give the kinds of profile stores that this plugin's `geppetto.stores` entry points name."""
    return ()


@hookspec
def geppetto_event_types() -> Iterable[type[Event]]:
    """Give the event classes whose `type` this plugin's `geppetto.events` entry points name."""
    return ()


@hookspec
def geppetto_model_catalogs() -> Iterable[ModelCatalog]:
    """Give the catalogues that this plugin's `geppetto.catalogs` entry points name."""
    return ()


@hookspec
def geppetto_embedder_factories() -> Iterable[EmbedderFactory]:
    """Give the embedders that this plugin's `geppetto.embedders` entry points name."""
    return ()


@hookspec
def geppetto_checks() -> Iterable[Check]:
    """Give the checks of `geppetto doctor` that this plugin's `geppetto.checks` entry points name."""
    return ()
