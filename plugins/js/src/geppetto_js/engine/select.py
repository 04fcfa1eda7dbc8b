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
        return _report("quickjs-bindings", _installed("quickjs-bindings") or "unknown", able=True)
    if not hasattr(module, "Context") or (version := _installed("quickjs-ng")) is None:
        raise JsEngineMissing("the module `quickjs` is of a package that is not supported")
    return _report("quickjs-ng", version, able=False)


def _report(name: str, version: str, *, able: bool) -> EngineReport:
    from geppetto_js.engine.awaiting import can_await
    from geppetto_js.engine.memory import can_guard
    from geppetto_js.engine.rejections import can_track

    return EngineReport(
        name,
        version,
        Capabilities(
            interrupt_with_callbacks=able,
            native_values=able,
            memory_limit=True,
            memory_guard=can_guard(name, version),
            modules=able,
            rejections=can_track(name, version),
            awaited_results=can_await(name, version),
        ),
    )


def open_engine(limits: Limits) -> Engine:
    """Make an engine on the calling thread, which must be the only one to use it."""
    report = engine_report()
    if report.capabilities.native_values:
        from geppetto_js.engine.bindings import BindingsEngine

        return BindingsEngine(_module(), report, limits)
    from geppetto_js.engine.ng import NgEngine

    return NgEngine(_module(), report, limits)
