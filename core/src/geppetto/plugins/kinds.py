"""The kinds of contribution and what belongs to each: entry-point group, hook, class and name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

__all__ = ["API", "CORE", "Kind", "KindSpec", "distribution_key", "spelling"]

#: the plugin API that the group prefix `geppetto.` stands for
API = 1
#: the distribution whose names always win
CORE = "geppetto"


def spelling(name: str) -> str:
    """Return what two names of contributions are compared by: case, `-` and `_` do not count."""
    return name.replace("-", "").replace("_", "").casefold()


def distribution_key(name: str) -> str:
    """Return what two names of distributions are compared by (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(slots=True, frozen=True)
class KindSpec:
    """Say how a kind is offered.

    `wants` is `module:class` of what its hook gives, empty while the shape is open; `named_by` the attribute that
    holds the name; `callables` the attributes that must be callable.
    """

    group: str
    hook: str
    wants: str
    named_by: str = "name"
    callables: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """Return the class name for messages."""
        return self.wants.partition(":")[2] or "object with a name"


class Kind(StrEnum):
    """What a plugin can contribute."""

    ENGINE = "engine"
    MIDDLEWARE = "middleware"
    CODEC = "codec"
    TOOL = "tool"
    TOOL_SOURCE = "tool_source"
    COMMAND = "command"
    STORE = "store"
    EVENT = "event"
    CATALOG = "catalog"
    EMBEDDER = "embedder"
    CHECK = "check"

    @property
    def spec(self) -> KindSpec:
        """Return how this kind is offered."""
        return _SPECS[self]

    @classmethod
    def of_group(cls, group: str) -> Kind | None:
        """Return the kind of an entry-point group, or None for a group of nobody's."""
        return next((kind for kind, spec in _SPECS.items() if spec.group == group), None)


_SPECS = {
    Kind.ENGINE: KindSpec(
        "geppetto.engines",
        "geppetto_engine_factories",
        "geppetto.engine.contract:EngineFactory",
        callables=("build", "settings"),
    ),
    Kind.MIDDLEWARE: KindSpec(
        "geppetto.middlewares",
        "geppetto_middleware_definitions",
        "geppetto.middleware.definition:MiddlewareDefinition",
        callables=("build", "config"),
    ),
    Kind.CODEC: KindSpec(
        "geppetto.codecs",
        "geppetto_extension_codecs",
        "geppetto.codecs:ExtensionCodec",
        named_by="key",
        callables=("decode", "encode"),
    ),
    Kind.TOOL: KindSpec(
        "geppetto.tools",
        "geppetto_tools",
        "geppetto.tooling.definition:ToolDefinition",
        callables=("handler",),
    ),
    Kind.TOOL_SOURCE: KindSpec(
        "geppetto.tool_sources",
        "geppetto_tool_sources",
        "geppetto.tooling.definition:ToolSource",
        callables=("open", "config"),
    ),
    Kind.COMMAND: KindSpec("geppetto.commands", "geppetto_commands", "click:Command"),
    Kind.STORE: KindSpec(
        "geppetto.stores", "geppetto_stores", "geppetto.profile.sources:StoreDefinition", callables=("open",)
    ),
    Kind.EVENT: KindSpec(
        "geppetto.events", "geppetto_event_types", "geppetto.events.model:Event", named_by="type"
    ),
    Kind.CATALOG: KindSpec(
        "geppetto.catalogs",
        "geppetto_model_catalogs",
        "geppetto.catalog.model:ModelCatalog",
        callables=("load",),
    ),
    Kind.EMBEDDER: KindSpec(
        "geppetto.embedders",
        "geppetto_embedder_factories",
        "geppetto.embedding.model:EmbedderFactory",
        callables=("build", "settings"),
    ),
    Kind.CHECK: KindSpec(
        "geppetto.checks", "geppetto_checks", "geppetto.checks:Check", callables=("examine",)
    ),
}
