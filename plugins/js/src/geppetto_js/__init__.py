"""JavaScript inside Geppetto: the engine, the runtime, and what crosses the border between the languages."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

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

if TYPE_CHECKING:
    from geppetto_js.api.turncodec import decode_block, decode_turn, encode_turn
    from geppetto_js.files import FileMiddleware, middleware_from_file, tools_from_file

__all__ = [
    "MAX_DEPTH",
    "SAFE_INT",
    "UNDEFINED",
    "Capabilities",
    "ConsoleSink",
    "EngineReport",
    "FileMiddleware",
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
    "decode_block",
    "decode_turn",
    "encode_turn",
    "engine_report",
    "logging_sink",
    "middleware_from_file",
    "tools_from_file",
]

#: what needs the API, and with it most of Geppetto: imported when it is asked for
_HOMES = {
    "FileMiddleware": "files",
    "decode_block": "api.turncodec",
    "decode_turn": "api.turncodec",
    "encode_turn": "api.turncodec",
    "middleware_from_file": "files",
    "tools_from_file": "files",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module 'geppetto_js' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(import_module(f"geppetto_js.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
