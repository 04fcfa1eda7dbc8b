"""The choice of an engine: which of the packages that share the module name `quickjs` is installed."""

from __future__ import annotations

import functools
import importlib
from importlib import metadata
from typing import TYPE_CHECKING

from geppetto_js.engine.protocol import Capabilities, EngineReport, Limits
from geppetto_js.errors import JsEngineMissing

if TYPE_CHECKING:
    from types import ModuleType

    from geppetto_js.engine.protocol import Engine

__all__ = ["engine_report", "open_engine"]

_BINDINGS = Capabilities(interrupt_with_callbacks=True, native_values=True, memory_limit=True, modules=True)
_NG = Capabilities(interrupt_with_callbacks=False, native_values=False, memory_limit=True, modules=False)


def _module() -> ModuleType:
    try:
        return importlib.import_module("quickjs")
    except ImportError as error:
        raise JsEngineMissing(f"the module `quickjs` cannot be imported ({error})") from error


@functools.cache  # reading metadata takes longer than making a runtime
def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def engine_report() -> EngineReport:
    """Say which engine the next runtime will use; raise JsEngineMissing when there is none.

    The module is judged by what it holds, not by metadata: packages that share its name overwrite each other's files.
    """
    module = _module()
    if hasattr(module, "Runtime"):
        return EngineReport("quickjs-bindings", _installed("quickjs-bindings") or "unknown", _BINDINGS)
    if not hasattr(module, "Context") or (version := _installed("quickjs-ng")) is None:
        raise JsEngineMissing("the module `quickjs` is of a package that is not supported")
    return EngineReport("quickjs-ng", version, _NG)


def open_engine(limits: Limits) -> Engine:
    """Make an engine on the calling thread, which must be the only one to use it."""
    report = engine_report()
    if report.capabilities.native_values:
        from geppetto_js.engine.bindings import BindingsEngine

        return BindingsEngine(_module(), report, limits)
    from geppetto_js.engine.ng import NgEngine

    return NgEngine(_module(), report, limits)
