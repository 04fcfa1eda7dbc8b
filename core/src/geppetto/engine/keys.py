"""The core's typed keys: what the core itself stores on turns and blocks."""

from __future__ import annotations

from typing import Any

from geppetto.engine.inference import InferenceConfig, InferenceResult, ToolConfig, Usage
from geppetto.turns import DataKeyId, Key, TurnKeyId

__all__ = [
    "INFERENCE_CONFIG",
    "INFERENCE_ID",
    "INFERENCE_RESULT",
    "MODEL",
    "PROVIDER",
    "RUNTIME",
    "SESSION_ID",
    "STOP_REASON",
    "STRUCTURED_OUTPUT_CONFIG",
    "TOOL_CONFIG",
    "TOOL_DEFINITIONS",
    "TRACE_ID",
    "USAGE",
]

INFERENCE_CONFIG: Key[InferenceConfig] = Key(DataKeyId.INFERENCE_CONFIG, InferenceConfig)
TOOL_CONFIG: Key[ToolConfig] = Key(DataKeyId.TOOL_CONFIG, ToolConfig)
TOOL_DEFINITIONS: Key[list[Any]] = Key(DataKeyId.TOOL_DEFINITIONS, list)
STRUCTURED_OUTPUT_CONFIG: Key[dict[str, Any]] = Key(DataKeyId.STRUCTURED_OUTPUT_CONFIG, dict)

SESSION_ID: Key[str] = Key(TurnKeyId.SESSION_ID, str)
INFERENCE_ID: Key[str] = Key(TurnKeyId.INFERENCE_ID, str)
TRACE_ID: Key[str] = Key(TurnKeyId.TRACE_ID, str)
PROVIDER: Key[str] = Key(TurnKeyId.PROVIDER, str)
MODEL: Key[str] = Key(TurnKeyId.MODEL, str)
RUNTIME: Key[Any] = Key(TurnKeyId.RUNTIME, Any)
STOP_REASON: Key[str] = Key(TurnKeyId.STOP_REASON, str)
USAGE: Key[Usage] = Key(TurnKeyId.USAGE, Usage)
INFERENCE_RESULT: Key[InferenceResult] = Key(TurnKeyId.INFERENCE_RESULT, InferenceResult)
