"""Geppetto: a plugin-ecosystem framework for LLM inference.

Everything public is imported from here or from `geppetto.plugins`, `geppetto.turns`, `geppetto.events`,
`geppetto.errors` and `geppetto.testing`. Names load on first use, so `import geppetto` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from geppetto import (
        consts,
        engines,
        errors,
        events,
        factories,
        keys,
        middlewares,
        plugins,
        profiles,
        schemas,
        testing,
        tools,
        turns,
    )
    from geppetto.codecs import ExtensionCodec
    from geppetto.default import default_host, use_host
    from geppetto.engine import (
        DebugTap,
        Engine,
        EngineFactory,
        InferenceConfig,
        InferenceResult,
        RunContext,
        ToolConfig,
        Usage,
    )
    from geppetto.faces import create_builder, create_session, engine_builder, run_inference
    from geppetto.host import Host
    from geppetto.inference import RunHandle, RunSpec, Session, ToolLoopConfig
    from geppetto.middleware import MiddlewareDefinition
    from geppetto.secret import Secret
    from geppetto.tooling import (
        ToolContext,
        ToolDefinition,
        ToolHooks,
        ToolOutcome,
        ToolRegistry,
        ToolSource,
        tool,
    )
    from geppetto.turns import Block, BlockKind, Key, Turn, block, turn

__version__ = "0.1.0"

_MODULES = (
    "consts",
    "engines",
    "errors",
    "events",
    "factories",
    "keys",
    "middlewares",
    "plugins",
    "profiles",
    "schemas",
    "testing",
    "tools",
    "turns",
)
_HOMES = {
    "Block": "turns",
    "BlockKind": "turns",
    "DebugTap": "engine",
    "Engine": "engine",
    "EngineFactory": "engine",
    "ExtensionCodec": "codecs",
    "Host": "host",
    "InferenceConfig": "engine",
    "InferenceResult": "engine",
    "Key": "turns",
    "MiddlewareDefinition": "middleware",
    "RunContext": "engine",
    "RunHandle": "inference",
    "RunSpec": "inference",
    "Secret": "secret",
    "Session": "inference",
    "ToolConfig": "engine",
    "ToolContext": "tooling",
    "ToolDefinition": "tooling",
    "ToolHooks": "tooling",
    "ToolLoopConfig": "inference",
    "ToolOutcome": "tooling",
    "ToolRegistry": "tooling",
    "ToolSource": "tooling",
    "Turn": "turns",
    "Usage": "engine",
    "block": "turns",
    "create_builder": "faces",
    "create_session": "faces",
    "default_host": "default",
    "engine_builder": "faces",
    "run_inference": "faces",
    "tool": "tooling",
    "turn": "turns",
    "use_host": "default",
}

__all__ = [
    "Block",
    "BlockKind",
    "DebugTap",
    "Engine",
    "EngineFactory",
    "ExtensionCodec",
    "Host",
    "InferenceConfig",
    "InferenceResult",
    "Key",
    "MiddlewareDefinition",
    "RunContext",
    "RunHandle",
    "RunSpec",
    "Secret",
    "Session",
    "ToolConfig",
    "ToolContext",
    "ToolDefinition",
    "ToolHooks",
    "ToolLoopConfig",
    "ToolOutcome",
    "ToolRegistry",
    "ToolSource",
    "Turn",
    "Usage",
    "block",
    "consts",
    "create_builder",
    "create_session",
    "default_host",
    "engine_builder",
    "engines",
    "errors",
    "events",
    "factories",
    "keys",
    "middlewares",
    "plugins",
    "profiles",
    "run_inference",
    "schemas",
    "testing",
    "tool",
    "tools",
    "turn",
    "turns",
    "use_host",
]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"geppetto.{name}")
    if name not in _HOMES:
        msg = f"module 'geppetto' has no attribute {name!r}"
        raise AttributeError(msg)
    value = getattr(import_module(f"geppetto.{_HOMES[name]}"), name)
    globals()[name] = value  # the next look-up does not come here
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
