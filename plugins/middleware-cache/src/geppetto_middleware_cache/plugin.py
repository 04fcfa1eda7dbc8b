"""What this distribution contributes: one middleware and the event of a hit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.middleware import Effects, MiddlewareDefinition
from geppetto.plugins import hookimpl

from geppetto_middleware_cache.hit import CacheHit

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from geppetto.engine import Deps
    from geppetto.events import Event

    from geppetto_middleware_cache.middleware import Cache

__all__ = ["CACHE", "geppetto_event_types", "geppetto_middleware_definitions"]

#: where replies are kept, in the host's data folder, unless the config says otherwise
_FILE = ("cache", "replies.db")


def _config() -> Mapping[str, Any]:
    return {
        "type": "object",
        "properties": {
            "path": {
                "type": "string",
                "format": "path",
                "minLength": 1,
                "description": "the database file; cache/replies.db in the data folder without one",
            },
            "ttl_seconds": {
                "type": ["number", "null"],
                "exclusiveMinimum": 0,
                "default": None,
                "description": "how long a reply may be given again; without it for ever",
            },
            "max_entries": {
                "type": "integer",
                "minimum": 1,
                "default": 10_000,
                "description": "how many replies are kept; the one used longest ago makes room",
            },
            "namespace": {
                "type": "string",
                "default": "",
                "description": "keeps replies apart in one database, as of two accounts",
            },
        },
        "additionalProperties": False,
    }


def _build(deps: Deps, config: Mapping[str, Any]) -> Cache:
    from pathlib import Path

    from geppetto_middleware_cache.middleware import Cache
    from geppetto_middleware_cache.store import ReplyStore

    path = Path(config["path"]).expanduser() if config.get("path") else deps.paths.data.joinpath(*_FILE)
    store = ReplyStore(path, ttl=config["ttl_seconds"], max_entries=config["max_entries"])
    return Cache(deps, store, namespace=config["namespace"])


#: the definition, as the host lists it
CACHE = MiddlewareDefinition(
    "cache",
    _build,
    config=_config,
    display_name="Cache of replies",
    description="Give the reply again that the engine gave to the same request",
    effects=Effects(reads=("*",)),
)


@hookimpl
def geppetto_middleware_definitions() -> Iterable[MiddlewareDefinition]:
    """Give the host the middleware `cache`."""
    return [CACHE]


@hookimpl
def geppetto_event_types() -> Iterable[type[Event]]:
    """Give the host the event `cache.hit`."""
    return [CacheHit]
