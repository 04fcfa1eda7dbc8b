"""JavaScript inside Geppetto: the engine, the runtime, and what crosses the border between the languages."""

from geppetto_js.engine import Capabilities, EngineReport, Limits, engine_report
from geppetto_js.errors import (
    JsCancelled,
    JsDeadlineExceeded,
    JsEngineMissing,
    JsError,
    JsModuleError,
    JsRuntimeClosed,
    JsUsageError,
    JsValueUnsupported,
)
from geppetto_js.globals.console import ConsoleSink, logging_sink
from geppetto_js.modules.contract import JsModule
from geppetto_js.runtime.runtime import Runtime
from geppetto_js.values import MAX_DEPTH, SAFE_INT, UNDEFINED, HostFunction, JsFunction, JsPromise

__all__ = [
    "MAX_DEPTH",
    "SAFE_INT",
    "UNDEFINED",
    "Capabilities",
    "ConsoleSink",
    "EngineReport",
    "HostFunction",
    "JsCancelled",
    "JsDeadlineExceeded",
    "JsEngineMissing",
    "JsError",
    "JsFunction",
    "JsModule",
    "JsModuleError",
    "JsPromise",
    "JsRuntimeClosed",
    "JsUsageError",
    "JsValueUnsupported",
    "Limits",
    "Runtime",
    "engine_report",
    "logging_sink",
]
