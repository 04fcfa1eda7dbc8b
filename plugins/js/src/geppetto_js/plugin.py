"""What this distribution contributes: the command `geppetto js`, the middleware `js`, a check for the doctor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from geppetto.checks import Check
from geppetto.middleware import MiddlewareDefinition
from geppetto.plugins import hookimpl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import click

__all__ = ["ENGINE_CHECK", "JS", "geppetto_checks", "geppetto_commands", "geppetto_middleware_definitions"]

_CONFIG: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "file": {
            "type": "string",
            "format": "path",  # in a document, relative to its folder
            "description": "the JavaScript file with the middleware; a document's path counts from the document's folder",
        },
        "config": {"type": "object", "additionalProperties": True, "description": "what its create() gets"},
        "mode": {"type": "string", "enum": ["mutate", "copy"]},
        "timeout_ms": {"type": "number", "minimum": 1},
        "memory_mb": {"type": "integer", "minimum": 1},
    },
    "required": ["file"],
    "additionalProperties": False,
}


def _build(_deps: Any, config: Mapping[str, Any]) -> Any:
    from geppetto_js.engine import Limits
    from geppetto_js.files import middleware_from_file

    limits = Limits(memory=config["memory_mb"] * 1024 * 1024) if "memory_mb" in config else None
    given = {"mode": config.get("mode"), "timeoutMs": config.get("timeout_ms")}
    options = {name: value for name, value in given.items() if value is not None}
    return middleware_from_file(config["file"], config.get("config"), limits=limits, **options)


#: a middleware in a JavaScript file, so that a profile can name one
JS = MiddlewareDefinition(
    "js",
    _build,
    lambda: _CONFIG,
    display_name="JavaScript file",
    description="Run a middleware that a JavaScript file has",
)


def _examine() -> Mapping[str, Any]:
    from geppetto_js.engine import engine_report

    report = engine_report()
    can = report.capabilities
    names = (
        "interrupt_with_callbacks",
        "native_values",
        "memory_limit",
        "memory_guard",
        "modules",
        "rejections",
        "awaited_results",
    )
    return {"engine": report.name, "version": report.version, **{name: getattr(can, name) for name in names}}


#: which engine is installed, and what it can do
ENGINE_CHECK = Check("js-engine", _examine, "The JavaScript engine under geppetto-js")


@hookimpl
def geppetto_commands() -> Iterable[click.Command]:
    """Give the host the command `js`."""
    from geppetto_js.cli import js

    return [js]


@hookimpl
def geppetto_middleware_definitions() -> Iterable[MiddlewareDefinition]:
    """Give the host the middleware `js`."""
    return [JS]


@hookimpl
def geppetto_checks() -> Iterable[Check]:
    """Give the doctor the check of the engine."""
    return [ENGINE_CHECK]
