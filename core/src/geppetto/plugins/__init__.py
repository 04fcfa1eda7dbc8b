"""How Geppetto finds, judges and loads plugins; a plugin author needs `hookimpl` and the page `hookspecs`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geppetto.plugins.hookspecs import hookimpl, hookspec
    from geppetto.plugins.kinds import Kind
    from geppetto.plugins.policy import PluginPolicy
    from geppetto.plugins.registry import PluginRegistry
    from geppetto.plugins.row import Row

__all__ = ["Kind", "PluginPolicy", "PluginRegistry", "Row", "hookimpl", "hookspec"]

#: public name -> module; a plugin that imports `hookimpl` pays for pluggy and nothing else
_HOME = {
    "Kind": "geppetto.plugins.kinds",
    "PluginPolicy": "geppetto.plugins.policy",
    "PluginRegistry": "geppetto.plugins.registry",
    "Row": "geppetto.plugins.row",
    "hookimpl": "geppetto.plugins.hookspecs",
    "hookspec": "geppetto.plugins.hookspecs",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
